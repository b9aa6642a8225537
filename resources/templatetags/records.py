"""Showing ChartMogul's values in templates."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from resources import cells
from resources.cells import Desk
from resources.operations import Column

register = template.Library()


@register.simple_tag
def cell(column: Column, record: Mapping[str, Any], desk: Desk) -> SafeString:
    return cells.show(column, record, desk)


@register.filter
def aligned(column: Column) -> str:
    return "right" if column.shown_as in cells.RIGHT_ALIGNED else ""


@register.simple_tag
def facts_of(columns: tuple[Column, ...], record: Mapping[str, Any]) -> list[Column]:
    return cells.all_facts(columns, record)
