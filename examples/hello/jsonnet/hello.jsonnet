local metawasm = import 'metawasm.libsonnet';

local isReplicas(value) = std.isNumber(value) && std.floor(value) == value && value >= 0 && value <= 100;

local children(name, who, replicas, settings) =
  local labels = { app: name };
  [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: name, labels: labels },
      data: { greeting: '%s, %s!' % [std.get(settings, 'greeting', 'Hello'), who] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: name, labels: labels },
      spec: {
        replicas: replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels: labels },
          spec: {
            containers: [{
              name: 'hello',
              image: 'registry.k8s.io/pause:3.10',
              env: [{ name: 'GREETING', valueFrom: { configMapKeyRef: { name: name, key: 'greeting' } } }],
            }],
          },
        },
      },
    },
  ];

local status(parent, deployment, replicas) =
  local observed = if deployment == null then {} else std.get(deployment, 'status', {});
  local ready = std.get(observed, 'readyReplicas', 0);
  local isReady = ready >= replicas;
  {
    readyReplicas: ready,
    conditions: [
      metawasm.condition(
        'Ready', isReady, if isReady then 'Ready' else 'Waiting', '%d of %d replicas are ready' % [ready, replicas]
      ) { observedGeneration: parent.metadata.generation },
    ],
  };

{
  describe: {
    name: 'hello',
    version: '0.1.0',
    parent: { apiVersion: 'example.com/v1', kind: 'Hello', resource: 'hellos' },
    children: [
      { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
      { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' },
    ],
    settings: {
      type: 'object',
      properties: { greeting: { type: 'string' } },
      additionalProperties: false,
    },
  },

  sync(request, settings)::
    local parent = request.parent;
    local name = parent.metadata.name;
    local spec = std.get(parent, 'spec', {});
    local who = std.get(spec, 'who');
    local replicas = std.get(spec, 'replicas', 1);
    local configMap = metawasm.find(request.children, 'ConfigMap.v1', name);
    local deployment = metawasm.find(request.children, 'Deployment.apps/v1', name);

    if !std.isString(who) || who == '' then
      metawasm.invalid('spec.who: expected a string that is not empty')
    else if !isReplicas(replicas) then
      metawasm.invalid('spec.replicas: expected an integer from 0 to 100')
    else if configMap != null && std.objectHas(configMap.metadata, 'deletionTimestamp') then
      metawasm.retryLater(5, 'ConfigMap %s is being deleted' % name)
    else
      std.trace('%s: %d replicas greet %s' % [name, replicas, who], {
        status: status(parent, deployment, replicas),
        children: children(name, who, replicas, settings),
      }),
}
