// The hook of {{Kind}}: a ConfigMap with a web page, and a Deployment that serves it.
//
// It is a pure function: the request contains everything that it may read, and the answer is everything that it does.

local metawasm = import 'metawasm.libsonnet';

local defaultImage = 'nginx:1.29-alpine';

local configMap(name, spec) = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: name },
  data: { 'index.html': '<h1>%s</h1>\n' % spec.message },
};

local deployment(name, spec, image) = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: name },
  spec: {
    replicas: spec.replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [{
          name: 'web',
          image: image,
          ports: [{ containerPort: 80 }],
          volumeMounts: [{ name: 'page', mountPath: '/usr/share/nginx/html' }],
        }],
        volumes: [{ name: 'page', configMap: { name: name } }],
      },
    },
  },
};

local status(ready, wanted) = {
  readyReplicas: ready,
  conditions: [
    metawasm.condition(
      'Ready',
      ready >= wanted,
      if ready >= wanted then 'Ready' else 'Waiting',
      '%d of %d replicas are ready' % [ready, wanted]
    ),
  ],
};

{
  // What the host needs to know about this plugin.
  describe: {
    name: '{{name}}',
    version: '0.1.0',
    parent: { apiVersion: '{{group}}/v1', kind: '{{Kind}}', resource: '{{resource}}' },
    children: [
      { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
      { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' },
    ],
    settings: {
      type: 'object',
      additionalProperties: false,
      properties: {
        image: { type: 'string', default: defaultImage, description: 'Image of the web server.' },
      },
    },
  },

  // The children that should exist, and the status of the parent.
  sync(request, settings)::
    local name = request.parent.metadata.name;
    local spec = { replicas: 1 } + std.get(request.parent, 'spec', {});
    local observed = metawasm.find(request.children, 'Deployment.apps/v1', name);
    local ready = if observed == null then 0 else std.get(std.get(observed, 'status', {}), 'readyReplicas', 0);

    // The text becomes an Event of the parent.
    if !std.isString(std.get(spec, 'message')) then
      metawasm.invalid('spec.message: expected a string')
    else if !std.isNumber(spec.replicas) then
      metawasm.invalid('spec.replicas: expected a number')
    else {
      status: status(ready, spec.replicas),
      children: [
        configMap(name, spec),
        deployment(name, spec, std.get(settings, 'image', defaultImage)),
      ],
    },
}
