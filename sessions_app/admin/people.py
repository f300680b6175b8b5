"""Accounts and groups. Roles are the superusers' to give: nobody raises themselves."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from sessions_app.models import User
from sessions_app.realtime import feed
from sessions_app.transactions import write

from .account_actions import AccountActions
from .audited import Audited

ROLES = ("is_staff", "is_superuser", "groups", "user_permissions")

if TYPE_CHECKING:
    ChangeForm = UserChangeForm[User]
    CreationForm = AdminUserCreationForm[User]
    StockAdmin = StockUserAdmin[User]
else:
    ChangeForm, CreationForm, StockAdmin = UserChangeForm, AdminUserCreationForm, StockUserAdmin


class PersonField(forms.CharField):
    """A person by name or address, in whatever case: keys are known to nobody, and a list of all would be as long as the
    workspace is large."""

    def clean(self, value: Any) -> User | None:
        name = super().clean(value)
        if not name:
            return None
        found = list(User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name))[:10])
        people = [person for person in found if person.username == name] or found
        if not people:
            raise forms.ValidationError(f"There is nobody with the name or address “{name}”.")
        if len(people) > 1:
            raise forms.ValidationError(f"More than one person is called “{name}”. Give the address.")
        return people[0]


class UniqueEmail(forms.BaseForm):
    """An address belongs to one account: people log in with it."""

    instance: User

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email and User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another account has this address.")
        return email


class PersonForm(UniqueEmail, ChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


class NewPersonForm(UniqueEmail, CreationForm):
    class Meta:
        model = User
        fields = ("username", "email")


@admin.register(User)
class UserAdmin(AccountActions, Audited, StockAdmin):
    """Accounts are switched off, not deleted: their chats and calls would go with them."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = (
        "username",
        "email",
        "plan",
        "is_active",
        "is_staff",
        "is_superuser",
        "date_joined",
        "last_login",
    )
    list_filter = ("plan", "is_active", "is_staff", "is_superuser")
    search_fields = ("username", "email", "first_name", "last_name")
    date_hierarchy = "date_joined"
    ordering = ("username",)
    list_per_page = 50
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("username", "password", "plan")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Roles", {"fields": ("is_active", *ROLES)}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if request.user.is_superuser else (*self.readonly_fields, *ROLES)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff accounts are the superusers': whoever sets a password may log in with it."""
        raised = obj is not None and (obj.is_staff or obj.is_superuser)
        return super().has_change_permission(request, obj) and (request.user.is_superuser or not raised)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return not lookup.startswith("preferences") and super().lookup_allowed(lookup, value, request)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(lambda: feed.person_changed(obj.pk))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Open sockets of this person look whether they may stay."""
        with write() if request.method == "POST" else nullcontext():
            response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and id.isdigit():
            feed.person_changed(int(id))
        return response


admin.site.unregister(Group)
# An address is changed on its account's page, which is closed where the account is of staff; who sets one may log in.
admin.site.unregister(EmailAddress)


@admin.register(Group)
class GroupAdmin(Audited, StockGroupAdmin):
    """A group gives permissions, so only those who have them all may touch one."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser
