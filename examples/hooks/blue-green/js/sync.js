// Two ReplicaSets, blue and green, behind one Service. A new template goes to the idle colour; when all its Pods are
// ready, the Service is turned to it and the other colour is scaled to zero.

const TEMPLATE = 'example.com/template';
const COLOURS = ['blue', 'green'];

function other(colour) {
  return colour === 'blue' ? 'green' : 'blue';
}

function isReady(set, replicas) {
  const status = (set && set.status) || {};
  return status.observedGeneration === set.metadata.generation && (status.readyReplicas || 0) === replicas;
}

module.exports = async function (context) {
  const { parent, children } = context.request.body;
  const { replicas, selector, template, service } = parent.spec;
  const name = parent.metadata.name;
  const sets = children['ReplicaSet.apps/v1'] || {};
  const observed = (children['Service.v1'] || {})[name];

  // A ReplicaSet keeps the template that it was made for, as text: the API server fills in defaults.
  const wanted = JSON.stringify(template);
  const of = (colour) => sets[`${name}-${colour}`];
  const has = (colour) => of(colour) && of(colour).metadata.annotations[TEMPLATE] === wanted;

  let active = (observed && observed.spec.selector.colour) || 'blue';
  let filling = null;
  if (of(active) && !has(active)) {
    filling = other(active);
    if (has(filling) && isReady(of(filling), replicas)) {
      active = filling;
      filling = null;
    }
  }

  const desired = [];
  for (const colour of COLOURS) {
    const current = of(colour);
    const isNew = colour === filling || (colour === active && !current);
    if (!current && !isNew) continue;
    const text = isNew ? wanted : current.metadata.annotations[TEMPLATE];
    const pod = JSON.parse(text);
    const labels = { ...selector.matchLabels, colour };
    desired.push({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: `${name}-${colour}`, labels, annotations: { [TEMPLATE]: text } },
      spec: {
        replicas: colour === active || colour === filling ? replicas : 0,
        selector: { matchLabels: labels },
        template: { ...pod, metadata: { ...(pod.metadata || {}), labels: { ...((pod.metadata || {}).labels || {}), ...labels } } },
      },
    });
  }
  desired.push({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ...service, selector: { ...selector.matchLabels, colour: active } },
  });

  const ready = of(active) && of(active).status ? of(active).status.readyReplicas || 0 : 0;
  const status = { active, phase: filling ? `moving to ${filling}` : 'stable', readyReplicas: ready };
  console.log(`${name}: ${status.phase}, active is ${active}`);
  return { status: 200, body: { status, children: desired }, headers: { 'Content-Type': 'application/json' } };
};
