import { ROOT_ID } from './repository.ts';

export const REPOSITORY_ID = 'demo';

/** `base` is the address of the service document as clients see it: a proxy may have its own idea. */
export function repositoryInfo(base: string, latestChangeLogToken: string): Record<string, unknown> {
  const repositoryUrl = `${base}/${REPOSITORY_ID}`;
  return {
    repositoryId: REPOSITORY_ID,
    repositoryName: 'Demo archive',
    repositoryDescription: 'The records of the demo enterprise',
    vendorName: 'Isthmus',
    productName: 'CMIS sandbox',
    productVersion: '1.0',
    rootFolderId: ROOT_ID,
    capabilities: {
      capabilityContentStreamUpdatability: 'anytime',
      capabilityChanges: 'objectidsonly',
      capabilityRenditions: 'none',
      capabilityGetDescendants: true,
      capabilityGetFolderTree: true,
      capabilityMultifiling: false,
      capabilityUnfiling: false,
      capabilityVersionSpecificFiling: false,
      capabilityPWCSearchable: false,
      capabilityPWCUpdatable: true,
      capabilityAllVersionsSearchable: true,
      capabilityOrderBy: 'custom',
      capabilityQuery: 'metadataonly',
      capabilityJoin: 'none',
      capabilityACL: 'none',
      capabilityCreatablePropertyTypes: { canCreate: [] },
      capabilityNewTypeSettableAttributes: {},
    },
    aclCapabilities: {
      supportedPermissions: 'basic',
      propagation: 'objectonly',
      permissions: [],
      permissionMapping: [],
    },
    latestChangeLogToken,
    cmisVersionSupported: '1.1',
    thinClientURI: '',
    // What was there before the log began is not in it.
    changesIncomplete: true,
    changesOnType: ['cmis:document', 'cmis:folder'],
    principalIdAnonymous: 'anonymous',
    principalIdAnyone: 'anyone',
    extendedFeatures: [],
    repositoryUrl,
    rootFolderUrl: `${repositoryUrl}/root`,
  };
}
