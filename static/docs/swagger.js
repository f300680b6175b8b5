// The reference of the API: Swagger UI, started without inline script. Joined behind it in swagger.js.
// <div id="reference" data-schema="/api/schema?format=json" data-csrf="..."></div>
{
  const place = document.getElementById("reference");
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const darken = () => root.classList.toggle("dark-mode", root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  darken();
  system.addEventListener("change", darken);

  // What the session of this browser asks for needs its token; nothing leaves for another site.
  const requestInterceptor = (request) => {
    if (new URL(request.url, location.href).origin !== location.origin) throw new Error("Another site is not asked.");
    const safe = ["GET", "HEAD", "OPTIONS"].includes((request.method || "GET").toUpperCase());
    if (!safe && !request.headers.Authorization) request.headers["X-CSRFToken"] = place.dataset.csrf;
    return request;
  };

  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    requestInterceptor,
    deepLinking: true,
    displayOperationId: true,
    displayRequestDuration: true,
    filter: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    queryConfigEnabled: false,
    persistAuthorization: false,
  });
}
