"""Compare a new transaction with the existing invoice that it is added to: with its date, its total, and the sums of
its payments and refunds so far. What stands out may be right, so the results are questions, not errors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Self

from django.utils.translation import gettext as _

from resources import moments, money
from resources.form_context import FormContext
from resources.forms import Change
from resources.json_paths import dig, rows_at


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a review shows and compares of an invoice. Amounts are None if the invoice does not have them."""

    name: str
    customer_uuid: str
    date: datetime | None
    currency: str
    total: int | None
    paid: int | None
    refunded: int | None

    @classmethod
    def of(cls, invoice: object) -> Self:
        total = money.total(line.get("amount_in_cents") for line in rows_at(invoice, "line_items"))
        return cls(
            name=_text(invoice, "external_id") or _text(invoice, "uuid"),
            customer_uuid=_text(invoice, "customer_uuid"),
            date=moments.from_api(dig(invoice, "date")),
            currency=_text(invoice, "currency"),
            total=total,
            paid=_successful(invoice, "payment", total),
            refunded=_successful(invoice, "refund", total),
        )

    def in_words(self, context: FormContext) -> Iterator[Change]:
        """Yield lines for a review: the invoice as people know it, and its sums."""
        customer = context.describe("customers", self.customer_uuid) if self.customer_uuid else None
        date = f"{moments.shown(self.date, context.time_zone)} {context.time_zone}" if self.date else ""
        parts = (self.name, customer.name if customer else self.customer_uuid, date, self.currency)
        yield Change(label=_("Details of the invoice"), after=" · ".join(filter(None, parts)), beside=True)
        sums = ((_("Sum of its line items"), self.total), (_("Paid so far"), self.paid))
        refunds = ((_("Refunded so far"), self.refunded),) if self.refunded else ()
        for label, amount in (*sums, *refunds):
            if amount is not None:
                yield Change(label=label, after=money.in_words(amount, self.currency), beside=True)

    def questions(self, new: Mapping[str, Any], zone: tzinfo) -> Iterator[str]:
        """Yield what to ask about a transaction with these values."""
        if self.date and new["date"] < self.date:
            date = f"{moments.shown(self.date, zone)} {zone}"
            yield _("The date is before that of the invoice, {date}.").format(date=date)
        # A failed transaction moves no money, and a credit has no payment of its own.
        if new["result"] != "successful" or self.total is None or self.total < 0:
            return
        if self.paid is None or self.refunded is None:
            return
        amount, held = new["amount_in_cents"], self.paid - self.refunded
        amount = self.total if amount is None else amount
        if new["type"] == "payment" and amount > self.total - held:
            yield _("The payment is larger than what is still to be paid: {rest}.").format(
                rest=money.in_words(max(self.total - held, 0), self.currency)
            )
        if new["type"] == "refund" and amount > held:
            yield _(
                "The refund is larger than what was paid and not refunded yet: {held}. That is right when you refund "
                "the payment of an earlier invoice."
            ).format(held=money.in_words(max(held, 0), self.currency))


def _text(invoice: object, key: str) -> str:
    value = dig(invoice, key)
    return value if isinstance(value, str) else ""


def _successful(invoice: object, kind: str, total: int | None) -> int | None:
    """Return the sum of the successful transactions of a kind; one without an amount is of the whole invoice."""
    amounts = [
        total if each.get("amount_in_cents") is None else each["amount_in_cents"]
        for each in rows_at(invoice, "transactions")
        if each.get("type") == kind and each.get("result") == "successful" and each.get("disabled") is not True
    ]
    return money.total(amounts) if amounts else 0
