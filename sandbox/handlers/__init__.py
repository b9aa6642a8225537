"""What each endpoint does, a file a resource. A handler takes the Api, the Request and the parts of the path, and
returns the JSON of the answer, or None for an empty one; the status is in routing.py."""
