"""BottleCRM's own settings, and what a server on one machine needs: tasks run at once, webhooks may reach loopback."""

from crm.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "isthmus_local.Local"]  # noqa: F405
CELERY_TASK_ALWAYS_EAGER = True
EMAIL = {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
MAILERS = {"default": EMAIL}
LOGGING = {"version": 1, "disable_existing_loggers": True}
