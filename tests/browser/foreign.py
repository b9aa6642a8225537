"""Payloads that a careless page would execute, for a customer's name or any other value from outside."""

MARK = "executed-payload"
"""The text that a payload shows in a dialog or in the console if it is executed."""

PAYLOADS = (
    f"<script>alert('{MARK}')</script>",
    f"\"><script>console.log('{MARK}')</script>",
    f"\"><img src=x onerror=alert('{MARK}')>",
    f"'><img src=x onerror=\"console.log('{MARK}')\">",
    f"<svg onload=alert('{MARK}')>",
    f"<svg><script>alert('{MARK}')</script></svg>",
    f"<svg><animate onbegin=alert('{MARK}') attributeName=x dur=1s>",
    f"<body onload=alert('{MARK}')>",
    f"<iframe srcdoc=\"<script>parent.console.log('{MARK}')</script>\"></iframe>",
    f"<details open ontoggle=alert('{MARK}')>",
    f"<input autofocus onfocus=alert('{MARK}')>",
    f"<video><source onerror=alert('{MARK}')></video>",
    f"</title><script>alert('{MARK}')</script>",
    f"</textarea><script>alert('{MARK}')</script>",
    f"</style><script>alert('{MARK}')</script>",
    f"--><script>alert('{MARK}')</script>",
    f"</template><img src=x onerror=alert('{MARK}')>",
    f"javascript:alert('{MARK}')",
    f" JaVaScRiPt:alert('{MARK}')//https://a.example",
    f"data:text/html,<script>alert('{MARK}')</script>",
    "{{7*7}} ${7*7} {% debug %} #{7*7}",
    f"<div hx-get=/c/main/ hx-trigger=load hx-on::load=\"alert('{MARK}')\">",
    f"<a href=\"javascript:alert('{MARK}')\">click</a>",
    f"\u202e<script>alert('{MARK}')</script>\u2066",
    f"\u2028\u00a0<img src=x onerror=alert('{MARK}')>\U0001f984 {chr(0xFF1C)}script{chr(0xFF1E)}alert(1)",
)
