"""What runs in the background: the one module that knows django-tasks."""
