import { Invalid, RetryLater, condition } from 'metawasm';

export const describe = {
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
};

export function sync({ parent, children }, settings) {
  const { name, namespace, generation } = parent.metadata;
  const { who, replicas = 1 } = parent.spec ?? {};
  if (typeof who !== 'string' || who === '') throw new Invalid('spec.who: expected a string that is not empty');
  if (!Number.isInteger(replicas) || replicas < 0 || replicas > 100) {
    throw new Invalid('spec.replicas: expected an integer from 0 to 100');
  }
  const observed = (kind) => children[kind]?.[`${namespace}/${name}`] ?? children[kind]?.[name];
  if (observed('ConfigMap.v1')?.metadata.deletionTimestamp) {
    throw new RetryLater(5, `ConfigMap ${name} is being deleted`);
  }
  console.info(`${name}: ${replicas} replicas greet ${who}`);

  const readyReplicas = observed('Deployment.apps/v1')?.status?.readyReplicas ?? 0;
  const isReady = readyReplicas >= replicas;
  const ready = condition(
    'Ready', isReady, isReady ? 'Ready' : 'Waiting', `${readyReplicas} of ${replicas} replicas are ready`,
  );
  const metadata = { name, labels: { app: name } };
  return {
    status: { readyReplicas, conditions: [{ ...ready, observedGeneration: generation }] },
    children: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata,
        data: { greeting: `${settings.greeting ?? 'Hello'}, ${who}!` },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          replicas,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: {
              containers: [{
                name: 'hello',
                image: 'registry.k8s.io/pause:3.10',
                env: [{ name: 'GREETING', valueFrom: { configMapKeyRef: { name, key: 'greeting' } } }],
              }],
            },
          },
        },
      },
    ],
  };
}
