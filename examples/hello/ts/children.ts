/** The children of the Hello `name`. */
export function children(name: string, replicas: number, greeting: string): object[] {
  const metadata = { name, labels: { app: name } };
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { greeting } };
  const container = {
    name: 'hello',
    image: 'registry.k8s.io/pause:3.10',
    env: [{ name: 'GREETING', valueFrom: { configMapKeyRef: { name, key: 'greeting' } } }],
  };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: metadata.labels },
      template: { metadata: { labels: metadata.labels }, spec: { containers: [container] } },
    },
  };
  return [configMap, deployment];
}
