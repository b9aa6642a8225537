"""Data for the seed: places with names common there, companies, tags."""

# ruff: noqa: RUF001 - names in their own letters, some of which look like Latin ones

# Country, state, city, zip, currency, first names, last names.
PLACES = (
    ("US", "NY", "New York", "10001", "USD", ("Emma", "Liam", "Ava"), ("Johnson", "Miller", "O'Brien")),
    ("US", "CA", "San Francisco", "94105", "USD", ("Noah", "Mia", "Ethan"), ("Nguyen", "Garcia", "Smith-Jones")),
    ("US", "TX", "Austin", "73301", "USD", ("Grace", "Lucas", "Ruth"), ("Walker", "Lopez", "Young")),
    ("GB", None, "London", "EC1A 1BB", "GBP", ("Oliver", "Amelia", "Harry"), ("Taylor", "Davies", "Patel")),
    ("GB", None, "Leeds", "LS1 4AP", "GBP", ("Isla", "George", "Poppy"), ("Hughes", "Khan", "Wood")),
    ("DE", None, "Berlin", "10115", "EUR", ("Jürgen", "Anna", "Mehmet"), ("Müller", "Weiß", "Yılmaz")),
    ("DE", None, "München", "80331", "EUR", ("Lena", "Felix", "Käthe"), ("Schröder", "Bauer", "Groß")),
    ("FR", None, "Lyon", "69001", "EUR", ("Chloé", "Léo", "Zoë"), ("Lefèvre", "Dubois", "D'Arcy")),
    ("ES", None, "Sevilla", "41001", "EUR", ("Lucía", "Íñigo", "Álvaro"), ("Núñez", "García", "Ibáñez")),
    ("IT", None, "Torino", "10121", "EUR", ("Giulia", "Niccolò", "Sofia"), ("Rossi", "De Luca", "Conti")),
    ("PL", None, "Łódź", "90-001", "EUR", ("Łukasz", "Zofia", "Paweł"), ("Wójcik", "Kowalski", "Żak")),
    ("SE", None, "Malmö", "211 20", "EUR", ("Åsa", "Björn", "Elin"), ("Öberg", "Lindström", "Åkesson")),
    ("NL", None, "Utrecht", "3511 AA", "EUR", ("Sanne", "Daan", "Fleur"), ("de Vries", "van den Berg", "Jansen")),
    ("IS", None, "Reykjavík", "101", "EUR", ("Þóra", "Jón", "Sigríður"), ("Jónsdóttir", "Árnason", "Ægisson")),
    ("JP", None, "東京", "100-0001", "JPY", ("陽菜", "Haruto", "さくら"), ("佐藤", "Tanaka", "鈴木")),
    ("KW", None, "Kuwait City", "13001", "KWD", ("Fatima", "Yousef", "Noor"), ("Al-Sabah", "Al-Mutairi", "Haddad")),
    ("IN", None, "Bengaluru", "560001", "USD", ("Ananya", "Arjun", "Priya"), ("Iyer", "Sharma", "Reddy")),
    ("BR", None, "São Paulo", "01000-000", "USD", ("João", "Beatriz", "Conceição"), ("Gonçalves", "Araújo", "Souza")),
    ("UA", None, "Київ", "01001", "EUR", ("Олена", "Тарас", "Daryna"), ("Шевченко", "Kovalenko", "Бондар")),
    ("KR", None, "서울", "04524", "USD", ("지민", "Seo-yeon", "민준"), ("김", "Park", "이")),
    ("UG", None, "Kampala", None, "USD", ("Nakato", "Okello", "Amina"), ("Mugisha", "Namutebi", "Ssemakula")),
)

COMPANIES = (
    "Blue Harbour", "Nordlicht", "Café Minuit", "Pixel & Sons", "Quantum Leap", "Paper Boat", "Straße 7", "Kiwi Cloud",
    "Old Mill Bakery", "Orbital", "Green Ledger", "Hoplite Security", "Lanterna", "Mistral Data", "Numbers Only",
    "Øresund Logistics", "Redwood Analytics", "Sunday Studio", "Tall Ships", "Umbrella Stand", "Velvet Robot",
    "Wintergarten", "Zebra Crossing", "Acorn & Oak",
)  # fmt: skip

TAGS = (
    "managed",
    "vip",
    "trial-extended",
    "needs call",
    "enterprise",
    "churn risk",
    "beta",
    "partner",
    "größer",
    "VIP",
)
CHANNELS = ("Facebook", "Twitter", "Search", "Fair", "Word of mouth")
