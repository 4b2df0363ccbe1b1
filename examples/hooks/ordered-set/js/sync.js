// Pods with fixed names and volumes. Pod N is only made when the Pods before it are ready, and only removed when those after
// it are gone. The finalize hook (the same URL) removes the Pods in that order as well; the volumes stay until the end.

class Observed {
  #groups;

  constructor(groups) {
    this.#groups = groups;
  }

  pod(name) {
    return (this.#groups['Pod.v1'] || {})[name];
  }

  get podNames() {
    return Object.keys(this.#groups['Pod.v1'] || {});
  }

  get claims() {
    return Object.values(this.#groups['PersistentVolumeClaim.v1'] || {});
  }
}

function isReady(pod) {
  if (!pod || pod.metadata.deletionTimestamp) return false;
  return (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

function ordinal(set, podName) {
  const match = /^(?<set>.+)-(?<index>\d+)$/.exec(podName);
  return match && match.groups.set === set ? Number(match.groups.index) : -1;
}

function makePod(parent, index) {
  const { name } = parent.metadata;
  const { template, serviceName, volumes = [] } = parent.spec;
  const podName = `${name}-${index}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, name: podName },
    spec: {
      ...template.spec,
      hostname: podName,
      subdomain: serviceName,
      volumes: [
        ...(template.spec.volumes ?? []),
        ...volumes.map((volume) => ({
          name: volume.metadata.name,
          persistentVolumeClaim: { claimName: `${volume.metadata.name}-${podName}` },
        })),
      ],
    },
  };
}

function makeClaims(parent, index) {
  const { volumes = [], template } = parent.spec;
  return volumes.map((volume) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { labels: template.metadata.labels, name: `${volume.metadata.name}-${parent.metadata.name}-${index}` },
    spec: volume.spec,
  }));
}

function identity({ apiVersion, kind, metadata: { name } }) {
  return { apiVersion, kind, metadata: { name } };
}

module.exports = async function (context) {
  const { parent, children, finalizing } = context.request.body;
  const observed = new Observed(children);
  const { name } = parent.metadata;
  const goal = finalizing ? 0 : parent.spec.replicas;

  const present = observed.podNames.map((pod) => ordinal(name, pod)).filter((index) => index >= 0).sort((a, b) => a - b);
  let ready = 0;
  while (ready < goal && isReady(observed.pod(`${name}-${ready}`))) ready += 1;

  // All Pods that exist stay, but for one: the next to make, or the last to remove.
  const kept = new Set(present);
  const missing = [...Array(goal).keys()].find((index) => !kept.has(index));
  const last = present.at(-1);
  if (missing !== undefined && missing <= ready) {
    kept.add(missing);
  } else if (last !== undefined && last >= goal) {
    kept.delete(last);
  }

  const indexes = [...kept].sort((a, b) => a - b);
  const pods = indexes.map((index) => makePod(parent, index));
  const wanted = indexes.flatMap((index) => makeClaims(parent, index));
  const names = new Set(wanted.map((claim) => claim.metadata.name));
  const left = observed.claims.filter((claim) => !names.has(claim.metadata.name)).map(identity);

  const body = { status: { replicas: present.length, readyReplicas: ready }, children: [...pods, ...wanted, ...left] };
  if (finalizing) {
    body.finalized = present.length === 0;
    if (body.finalized) body.children = [];
  }
  return { status: 200, body };
};
