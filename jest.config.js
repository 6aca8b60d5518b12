export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['isthmus-source', 'node'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2024',
        },
        module: { type: 'es6' },
      },
    ],
  },
  testMatch: ['<rootDir>/{src,connectors,examples,tests}/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.cache', '<rootDir>/.isthmus'],
  testSequencer: '<rootDir>/tests/support/sequencer.js',
  reporters: ['default', '<rootDir>/tests/support/closing-line.js'],
  // Far beyond what any test takes on a busy machine: it only ends what hangs.
  testTimeout: 120_000,
  maxWorkers: 2,
};
