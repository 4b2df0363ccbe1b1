// A plugin in JavaScript for the tests: a Site becomes a ConfigMap, a Deployment, a Service and an Ingress. Its images
// make it fail in different ways.

const SCHEMA = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["image"],
      properties: {
        image: { type: "string", description: "The image of the web server" },
        replicas: { type: "integer", minimum: 0, description: "How many pods there are" },
        host: { type: "string", description: "The host name" },
      },
    },
  },
};

const kind = (apiVersion, name, resource, more = {}) => ({ apiVersion, kind: name, resource, ...more });

export const SITE = {
  id: "site",
  digest: "1",
  source: "site.wasm",
  name: "site",
  version: "1.2.0",
  controller: "composite",
  hooks: ["sync", "customize", "finalize"],
  parent: { apiVersion: "example.com/v1", kind: "Site", resource: "sites" },
  children: [
    kind("v1", "ConfigMap", "configmaps"),
    kind("apps/v1", "Deployment", "deployments"),
    kind("v1", "Service", "services"),
    kind("networking.k8s.io/v1", "Ingress", "ingresses", { optional: true }),
  ],
  settingsSchema: {
    type: "object",
    additionalProperties: false,
    properties: { port: { type: "integer", default: 8080, description: "The port of all sites" } },
  },
  settings: {},
  schema: SCHEMA,
  columns: [{ name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' }],
  text: `apiVersion: example.com/v1
kind: Site
metadata:
  name: blog
  namespace: web
spec:
  image: nginx:1.27
  replicas: 2
  host: blog.example.com
`,
  observed: "",
  related: "",
  deadlineSeconds: 2,
  memoryLimit: 64 * 2 ** 20,
};

/** A plugin whose description says little: a decorator without schemas. */
export const BARE = {
  ...SITE,
  id: "bare",
  source: "bare.js",
  name: "bare",
  version: "0.1.0",
  controller: "decorator",
  hooks: ["sync"],
  parents: [SITE.parent, { apiVersion: "v1", kind: "Namespace", resource: "namespaces" }],
  settingsSchema: null,
  settings: { greeting: "hello" },
  schema: null,
  columns: [],
};

/** Answers `sync`. Throws what a plugin fails with. */
export function sync(parent, observed, { port = 8080 }) {
  const { name, namespace = "default" } = parent.metadata;
  const { image = "", replicas = 1, host } = parent.spec ?? {};
  if (image === "trap") {
    throw { message: "the plugin trapped: unreachable", trace: ["site::index", "site::sync", "sync"] };
  }
  if (image === "") {
    throw {
      message: `plugin site, sync of Site ${namespace}/${name}: spec.image: Required value`,
      trace: [],
    };
  }
  const labels = { app: name };
  const object = (apiVersion, kindOf, more) => ({
    apiVersion,
    kind: kindOf,
    metadata: { name, labels },
    ...more,
  });
  const children = [
    object("v1", "ConfigMap", { data: { "index.html": `<h1>${name}</h1>` } }),
    object("apps/v1", "Deployment", {
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: "web",
                image,
                ports: [{ containerPort: port }],
                volumeMounts: [{ name: "pages", mountPath: "/pages" }],
              },
            ],
            volumes: [{ name: "pages", configMap: { name } }],
          },
        },
      },
    }),
    object("v1", "Service", { spec: { selector: labels, ports: [{ port: 80, targetPort: port }] } }),
  ];
  if (host) {
    const path = { path: "/", pathType: "Prefix", backend: { service: { name, port: { number: 80 } } } };
    children.push(
      object("networking.k8s.io/v1", "Ingress", { spec: { rules: [{ host, http: { paths: [path] } }] } }),
    );
  }
  const deployment = observed.find((found) => found.kind === "Deployment");
  const ready = deployment?.status?.readyReplicas ?? 0;
  const isReady = deployment !== undefined && ready >= replicas && deployment.spec?.replicas === replicas;
  const condition = isReady
    ? {
        type: "Ready",
        status: "True",
        reason: "Available",
        message: `${ready} pods serve ${namespace}/${name}`,
      }
    : {
        type: "Ready",
        status: "False",
        reason: "Waiting",
        message: `${ready} of ${replicas} pods are ready`,
      };
  const log = [
    { level: "info", message: `${children.length} children for ${name}` },
    ...(replicas > 5 ? [{ level: "warn", message: `${replicas} pods are many` }] : []),
  ];
  return { answer: { children, status: { conditions: [condition] } }, log };
}
