// A Function as a Deployment, a Service, and a Dapr Component for each of its states; and its status.

function makeLabels({ metadata, spec }) {
  return {
    ...metadata.labels,
    'app.kubernetes.io/name': metadata.name,
    ...(spec.version && { 'app.kubernetes.io/version': spec.version }),
  };
}

function makeDeployment({ metadata: { name }, spec }, labels, port) {
  const { template = {}, scaleOptions = {} } = spec.serving;
  const container = template.containers?.[0] ?? {};
  const selector = { 'app.kubernetes.io/name': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: Math.max(1, Math.min(scaleOptions.minReplicas ?? 1, scaleOptions.maxReplicas ?? 10)),
      selector: { matchLabels: selector },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: container.name ?? 'function',
              image: spec.image,
              imagePullPolicy: container.imagePullPolicy ?? 'IfNotPresent',
              ports: [{ name: 'http', containerPort: port }],
              env: [
                ...(container.env ?? []),
                { name: 'FUNCTION_NAME', value: name },
                { name: 'PORT', value: String(port) },
              ],
            },
          ],
        },
      },
    },
  };
}

function makeService({ metadata: { name } }, labels, port) {
  const selector = { 'app.kubernetes.io/name': name };
  const ports = [{ name: 'http', port: 80, targetPort: port }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, labels }, spec: { selector, ports } };
}

function makeComponents({ metadata: { name }, spec }, labels) {
  const states = Object.entries(spec.serving.states ?? {});
  return states.map(([state, { spec }]) => ({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name: `${name}-${state}`, labels },
    spec,
  }));
}

function makeStatus({ metadata: { name, namespace, generation } }, children) {
  const observed = Object.values(children).flatMap((group) => Object.values(group));
  const deployment = children['Deployment.apps/v1']?.[`${namespace}/${name}`];
  const conditions = deployment?.status?.conditions ?? [];
  const isAvailable = conditions.some(({ type, status }) => type === 'Available' && status === 'True');
  return {
    observedGeneration: generation,
    children: observed.filter((child) => !child.metadata.deletionTimestamp).length,
    readyReplicas: deployment?.status?.readyReplicas ?? 0,
    state: isAvailable ? 'Running' : deployment ? 'Starting' : 'Pending',
  };
}

module.exports = async function (context) {
  const { parent, children } = context.request.body;
  const labels = makeLabels(parent);
  const port = parent.spec.serving.triggers?.http?.port ?? 8080;
  const workload = [makeDeployment(parent, labels, port), makeService(parent, labels, port)];
  return {
    status: 200,
    body: { status: makeStatus(parent, children), children: [...workload, ...makeComponents(parent, labels)] },
  };
};
