"""Currencies, and the monthly value of an amount in the account's currency.

Amounts are hundredths in every currency, yen too (recorded 2025-03, by arithmetic). The rates are rough and fixed:
the figures must be plausible and the same in every run, not accurate.
"""

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "PLN": "zł", "CHF": "CHF", "KWD": "KD"}

# The value of one unit in euros.
RATES = {
    "AED": 0.25, "ARS": 0.001, "AUD": 0.6, "BRL": 0.16, "CAD": 0.67, "CHF": 1.05, "CLP": 0.001, "CNY": 0.13,
    "CZK": 0.04, "DKK": 0.134, "EGP": 0.019, "EUR": 1.0, "GBP": 1.17, "HKD": 0.12, "HUF": 0.0026, "IDR": 0.00006,
    "ILS": 0.25, "INR": 0.011, "ISK": 0.0067, "JPY": 0.0062, "KES": 0.007, "KRW": 0.00068, "KWD": 3.0, "MXN": 0.05,
    "NGN": 0.0006, "NOK": 0.086, "NZD": 0.55, "PLN": 0.23, "RON": 0.2, "SEK": 0.088, "SGD": 0.69, "TRY": 0.028,
    "UAH": 0.022, "UGX": 0.00025, "USD": 0.92, "VND": 0.000037, "ZAR": 0.05,
}  # fmt: skip

# A day counts as 1/30.4375 of a month: a weekly plan of 10.00 was recorded as 43.48 a month.
_MONTHS = {"day": 1 / 30.4375, "month": 1.0, "year": 12.0}


def monthly(amount: int, currency: str, interval_unit: str, interval_count: int, account_currency: str) -> int:
    """Return the MRR, in the account's currency, of an amount that pays for one interval."""
    worth = amount * RATES[currency] / RATES[account_currency]
    return round(worth / (_MONTHS[interval_unit] * interval_count))
