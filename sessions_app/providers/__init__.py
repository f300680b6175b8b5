"""Model providers: everything that can answer a `base.Request` with a stream of `base.Event`."""
