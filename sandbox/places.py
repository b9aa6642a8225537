"""Names of countries and US states by code: a customer has codes in `country` and `state`, names in `address`."""

from sandbox.store import Document


def _by_code(lines: str) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in lines.splitlines())


COUNTRIES = _by_code("""\
AE United Arab Emirates
AR Argentina
AT Austria
AU Australia
BE Belgium
BR Brazil
CA Canada
CH Switzerland
CL Chile
CN China
CZ Czechia
DE Germany
DK Denmark
EE Estonia
EG Egypt
ES Spain
FI Finland
FR France
GB United Kingdom
GR Greece
HK Hong Kong
HU Hungary
ID Indonesia
IE Ireland
IL Israel
IN India
IS Iceland
IT Italy
JP Japan
KE Kenya
KR South Korea
KW Kuwait
LT Lithuania
LV Latvia
MX Mexico
NG Nigeria
NL Netherlands
NO Norway
NZ New Zealand
PL Poland
PT Portugal
RO Romania
SE Sweden
SG Singapore
TR Turkey
UA Ukraine
UG Uganda
US United States
VN Vietnam
ZA South Africa""")

STATES = _by_code("""\
AK Alaska
AL Alabama
AR Arkansas
AZ Arizona
CA California
CO Colorado
CT Connecticut
DC District of Columbia
DE Delaware
FL Florida
GA Georgia
HI Hawaii
IA Iowa
ID Idaho
IL Illinois
IN Indiana
KS Kansas
KY Kentucky
LA Louisiana
MA Massachusetts
MD Maryland
ME Maine
MI Michigan
MN Minnesota
MO Missouri
MS Mississippi
MT Montana
NC North Carolina
ND North Dakota
NE Nebraska
NH New Hampshire
NJ New Jersey
NM New Mexico
NV Nevada
NY New York
OH Ohio
OK Oklahoma
OR Oregon
PA Pennsylvania
RI Rhode Island
SC South Carolina
SD South Dakota
TN Tennessee
TX Texas
UT Utah
VA Virginia
VT Vermont
WA Washington
WI Wisconsin
WV West Virginia
WY Wyoming""")


def settle(customer: Document) -> None:
    """Update state and address to match the country.

    A state outside the United States is silently dropped (recorded 2023), and `US-NY` becomes `NY`.
    """
    state = customer["state"]
    customer["state"] = state.removeprefix("US-") if state and customer["country"] == "US" else None
    customer["address"] = {
        # A country that is not in the table keeps its code rather than being refused.
        "country": COUNTRIES.get(customer["country"], customer["country"]),
        "state": STATES.get(customer["state"], customer["state"]),
        "city": customer["city"],
        "address_zip": customer["zip"],
    }
