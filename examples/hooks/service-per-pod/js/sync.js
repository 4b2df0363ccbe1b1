// A Service for each Pod of a StatefulSet. The annotation has the ports: `http=80:8080,metrics=9090`.

function ports(text) {
  return text.split(',').filter(Boolean).map((one) => {
    const [, name, port, target = port] = /^\s*([a-z][-a-z0-9]*)=(\d+)(?::(\d+))?\s*$/.exec(one) || [];
    if (!name) throw new Error(`example.com/service-per-pod: invalid port ${JSON.stringify(one)}`);
    return { name, port: Number(port), targetPort: Number(target) };
  });
}

module.exports = async function (context) {
  const { object } = context.request.body;
  const { name, namespace, annotations } = object.metadata;
  let wanted;
  try {
    wanted = ports(annotations['example.com/service-per-pod']);
  } catch (error) {
    return { status: 400, body: error.message };
  }
  const attachments = Array.from({ length: object.spec.replicas ?? 1 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${name}-${index}`, namespace, labels: { app: 'service-per-pod' } },
    spec: { selector: { 'statefulset.kubernetes.io/pod-name': `${name}-${index}` }, ports: wanted },
  }));
  return { status: 200, body: { annotations: { 'example.com/services': String(attachments.length) }, attachments } };
};
