"""The workspace's tools for programs: by the Model Context Protocol at `/mcp`, and by plain JSON at `/mcp/tools/NAME`.

`endpoint.application` is the ASGI application; it imports the SDK when it is first asked.
"""
