// The hook of {{Kind}}: a ConfigMap with a web page, and a Deployment that serves it.
//
// It is a pure function: the request contains everything that it may read, and the answer is everything that it does.
import { Invalid, condition, objects, type SyncAnswer, type SyncRequest } from 'metawasm';

const IMAGE = 'nginx:1.29-alpine';

interface Spec {
  message: string;
  replicas: number;
}

interface Settings {
  image?: string;
}

/** What the host needs to know about this plugin. */
export const describe = {
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
      image: { type: 'string', default: IMAGE, description: 'Image of the web server.' },
    },
  },
};

/** Returns the children that should exist, and the status of the parent. */
export function sync(request: SyncRequest, settings: Settings): SyncAnswer {
  const { name } = request.parent.metadata;
  const { message, replicas } = checked(request.parent.spec);
  if (message === '') console.warn('spec.message is empty; the page is blank');

  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { 'index.html': `<h1>${message}</h1>\n` },
  };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{
            name: 'web',
            image: settings.image ?? IMAGE,
            ports: [{ containerPort: 80 }],
            volumeMounts: [{ name: 'page', mountPath: '/usr/share/nginx/html' }],
          }],
          volumes: [{ name: 'page', configMap: { name } }],
        },
      },
    },
  };
  const [observed] = objects(request.children, 'Deployment');
  const ready: number = observed?.status?.readyReplicas ?? 0;
  const isReady = ready >= replicas;
  return {
    status: {
      readyReplicas: ready,
      conditions: [
        condition('Ready', isReady, isReady ? 'Ready' : 'Waiting', `${ready} of ${replicas} replicas are ready`),
      ],
    },
    children: [configMap, deployment],
  };
}

/** Checks the spec, which may be anything that the CRD allows. The texts become Events of the parent. */
function checked(spec: Partial<Record<keyof Spec, unknown>> = {}): Spec {
  const { message, replicas = 1 } = spec;
  if (typeof message !== 'string') throw new Invalid('spec.message: expected a string');
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    throw new Invalid('spec.replicas: expected an integer of at least 0');
  }
  return { message, replicas };
}
