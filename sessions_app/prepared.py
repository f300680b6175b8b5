"""Statements put together once and run many times: for the few that stand in the way of every reply.

Django needs 0.2 to 0.9 ms to put a query together, SQLite some 0.03 ms to answer it. A prepared statement is written
with the same querysets; its values are named by `given` and come with each use. Anything asked less often than once
a reply stays a plain queryset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql import DeleteQuery, UpdateQuery
from django.utils.functional import cached_property

M = TypeVar("M", bound=Model)


class _Given(Expression):
    """Stands in a queryset for a value that each use brings."""

    def __init__(self, name: str, field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=field)
        self.name, self._prepares = name, field

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def bound(self, value: Any, connection: Any) -> Any:
        """The value as the database driver takes it."""
        if self._prepares is not None:
            return self._prepares.get_db_prep_save(value, connection)
        if isinstance(value, UUID):
            return value if connection.features.has_native_uuid_field else value.hex
        if isinstance(value, datetime):
            return connection.ops.adapt_datetimefield_value(value)
        return value


def given(name: str, field: Field[Any, Any] | None = None) -> Any:
    """A value to come: a UUID, number, text or time; anything else, and one that is counted with, names its field."""
    return _Given(name, field)


class _Statement:
    """SQL and its parameters, where a `_Given` stands for each value to come."""

    def __init__(self, sql: str, parameters: Iterable[Any]) -> None:
        self.sql, self._parameters = sql, tuple(parameters)

    def run(self, connection: Any, cursor: Any, values: dict[str, Any]) -> None:
        bound = [
            each.bound(values[each.name], connection) if isinstance(each, _Given) else each
            for each in self._parameters
        ]
        cursor.execute(self.sql, bound)


class _Query:
    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self._build = build

    @cached_property
    def _compiled(self) -> tuple[_Statement, Any, Any]:
        """The statement, its compiler, and what makes Python's values of the columns."""
        compiler: Any = self._build().query.get_compiler(DEFAULT_DB_ALIAS)
        statement = _Statement(*compiler.as_sql())
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        return statement, compiler, compiler.get_converters(columns)

    def _rows(self, values: dict[str, Any]) -> Iterable[Sequence[Any]]:
        return self._converted(self._fetched(values))

    def _fetched(self, values: dict[str, Any]) -> list[Any]:
        statement, _, _ = self._compiled
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            statement.run(connection, cursor, values)
            found: list[Any] = cursor.fetchall()
        return found

    def _converted(self, found: list[Any]) -> Iterable[Sequence[Any]]:
        _, compiler, converters = self._compiled
        rows: Iterable[Sequence[Any]] = compiler.apply_converters(found, converters) if converters else found
        return rows


class Select(_Query, Generic[M]):
    """A queryset of models (`select_related`, `only` and `annotate` included)."""

    def __init__(self, build: Callable[[], QuerySet[M]]) -> None:
        super().__init__(build)

    def all(self, **values: Any) -> list[M]:
        return [self._make(row) for row in self._rows(values)]

    def first(self, **values: Any) -> M | None:
        """The first of them; the queryset itself should ask for no more than one."""
        return next(iter(self.all(**values)), None)

    @cached_property
    def _make(self) -> Callable[[Sequence[Any]], M]:
        """From a row to an instance, as Django's ModelIterable does it."""
        compiler = self._compiled[1]
        info, select = compiler.klass_info, compiler.select
        model, places = info["model"], info["select_fields"]
        start, end = places[0], places[-1] + 1
        names = [column[0].target.attname for column in select[start:end]]
        related = get_related_populators(info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]

        annotated = (compiler.annotation_col_map or {}).items()

        def make(row: Sequence[Any]) -> M:
            made: M = model.from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for populator in related:
                populator.populate(row, made)
            for name, place in annotated:
                setattr(made, name, row[place])
            return made

        return make


class Rows(_Query):
    """A queryset of `values_list`: tuples."""

    def all(self, **values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._rows(values)]

    def first(self, **values: Any) -> tuple[Any, ...] | None:
        return next(iter(self.all(**values)), None)

    def raw(self, **values: Any) -> list[Any]:
        """As the driver gives them: enough to see whether anything changed, and ten times as quick for many."""
        return self._fetched(values)

    def read(self, raw: list[Any]) -> list[tuple[Any, ...]]:
        """What `all` gives, of rows that `raw` gave."""
        return [tuple(row) for row in self._converted(raw)]

    def any(self, **values: Any) -> bool:
        return self.first(**values) is not None


class Update:
    """`queryset.update(...)`. Fields in `names` take a value of their own name with each use, `changes` are fixed
    or expressions. Returns how many rows there were."""

    def __init__(self, build: Callable[[], QuerySet[Any]], *names: str, **changes: Any) -> None:
        self._build, self._names, self._changes = build, names, changes

    @cached_property
    def _statement(self) -> _Statement:
        queryset = self._build()
        field = queryset.model._meta.get_field
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values({name: given(name, field(name)) for name in self._names} | self._changes)
        return _Statement(*query.get_compiler(DEFAULT_DB_ALIAS).as_sql())

    def __call__(self, **values: Any) -> int:
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            self._statement.run(connection, cursor, values)
            return int(cursor.rowcount)


class Delete:
    """Deletes the rows of a queryset as they are: nothing that refers to them is looked for."""

    def __init__(self, build: Callable[[], QuerySet[Any]]) -> None:
        self._build = build

    @cached_property
    def _statement(self) -> _Statement:
        query: Any = self._build().query.chain(DeleteQuery)
        return _Statement(*query.get_compiler(DEFAULT_DB_ALIAS).as_sql())

    def __call__(self, **values: Any) -> int:
        """How many rows there were."""
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            self._statement.run(connection, cursor, values)
            return int(cursor.rowcount)


class Insert(Generic[M]):
    """Inserts whole instances. `unless` names the unique fields of a row that may be there already: then its
    `replace` fields are written over, or it stays as it is where there are none."""

    def __init__(self, model: type[M], *, unless: Sequence[str] = (), replace: Sequence[str] = ()) -> None:
        self._model, self._unless, self._replace = model, unless, replace

    @cached_property
    def _fields(self) -> list[Field[Any, Any]]:
        meta = self._model._meta
        return [field for field in meta.concrete_fields if field is not meta.auto_field]

    @cached_property
    def _head(self) -> str:
        columns = ", ".join(self._column(field) for field in self._fields)
        return f"INSERT INTO {connection.ops.quote_name(self._model._meta.db_table)} ({columns}) VALUES "  # noqa: S608 - names of columns

    @cached_property
    def _tail(self) -> str:
        if not self._unless:
            return ""
        field = self._model._meta.get_field
        key = ", ".join(self._column(field(name)) for name in self._unless)
        over = ", ".join(
            f"{name} = EXCLUDED.{name}" for name in (self._column(field(n)) for n in self._replace)
        )
        return f" ON CONFLICT ({key}) DO " + (f"UPDATE SET {over}" if over else "NOTHING")

    def _column(self, field: Any) -> str:
        return connection.ops.quote_name(field.column)

    def __call__(self, *instances: M) -> None:
        if not instances:
            return
        connection = connections[DEFAULT_DB_ALIAS]
        group = f"({', '.join(['%s'] * len(self._fields))})"
        values = [
            field.get_db_prep_save(field.pre_save(instance, True), connection)
            for instance in instances
            for field in self._fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._head + ", ".join([group] * len(instances)) + self._tail, values)
        for instance in instances:
            instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS
