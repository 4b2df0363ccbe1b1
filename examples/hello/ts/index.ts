import { Invalid, RetryLater, condition, type KubernetesObject, type SyncAnswer, type SyncRequest } from 'metawasm';

import { children } from './children';

interface Settings {
  greeting?: string;
}

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

export function sync(request: SyncRequest, settings: Settings): SyncAnswer {
  const { name, generation } = request.parent.metadata;
  const { who, replicas } = spec(request.parent);
  if (observed(request, 'ConfigMap.v1')?.metadata.deletionTimestamp) {
    throw new RetryLater(5, `ConfigMap ${name} is being deleted`);
  }
  console.info(`${name}: ${replicas} replicas greet ${who}`);

  const readyReplicas: number = observed(request, 'Deployment.apps/v1')?.status?.readyReplicas ?? 0;
  const isReady = readyReplicas >= replicas;
  const ready = condition(
    'Ready', isReady, isReady ? 'Ready' : 'Waiting', `${readyReplicas} of ${replicas} replicas are ready`,
  );
  return {
    status: { readyReplicas, conditions: [{ ...ready, observedGeneration: generation }] },
    children: children(name, replicas, `${settings.greeting ?? 'Hello'}, ${who}!`),
  };
}

function spec(parent: KubernetesObject): { who: string; replicas: number } {
  const { who, replicas = 1 }: Record<string, unknown> = parent.spec ?? {};
  if (typeof who !== 'string' || who === '') throw new Invalid('spec.who: expected a string that is not empty');
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0 || replicas > 100) {
    throw new Invalid('spec.replicas: expected an integer from 0 to 100');
  }
  return { who, replicas };
}

/** The observed child of a kind that has the name of the parent. */
function observed({ parent, children }: SyncRequest, kind: string): KubernetesObject | undefined {
  const { name, namespace } = parent.metadata;
  return children[kind]?.[`${namespace}/${name}`] ?? children[kind]?.[name];
}
