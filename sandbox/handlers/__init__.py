"""The endpoints' handlers, a module per resource. A handler takes the Api, the Request and the parameters of the path,
and returns the JSON of the response, or None for an empty one; the status is in routing.py."""
