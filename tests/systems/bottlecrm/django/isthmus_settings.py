"""BottleCRM's own settings, and what a server on one machine needs: tasks run at once, webhooks may reach loopback."""

from crm.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "isthmus_local.Local"]  # noqa: F405
CELERY_TASK_ALWAYS_EAGER = True
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "WARNING"}}
