// A file rather than part of the page, so that the page's policy can forbid scripts in it.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  // It would send the document's address to a public service.
  validatorUrl: null,
});
