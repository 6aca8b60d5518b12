"""An organisation with one administrator. Prints the two ways in: a personal access token, and a long-lived login."""

import json
from datetime import timedelta

import django

django.setup()

from common.models import Org, PersonalAccessToken, Profile, User  # noqa: E402
from common.serializer import OrgAwareRefreshToken  # noqa: E402
from common.tasks import set_rls_context  # noqa: E402

org = Org.objects.create(name="Isthmus", default_currency="EUR", timezone="UTC")
set_rls_context(str(org.id))
user = User.objects.create(email="hub@example.org", is_active=True)
profile = Profile.objects.create(user=user, org=org, role="ADMIN", is_active=True)
token, _ = PersonalAccessToken.generate(profile, "hub")
login = OrgAwareRefreshToken.for_user_and_org(user, org, profile).access_token
login.set_exp(lifetime=timedelta(days=3650))
print(json.dumps({"token": token, "adminLogin": str(login), "org": str(org.id), "profile": str(profile.id)}))
