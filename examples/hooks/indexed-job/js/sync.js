// A Pod per index, at most `parallelism` at a time, until each index has succeeded once. A failed Pod is replaced: it is
// not asked for any more, and is made again by the next sync.

const phase = (pod) => (pod.status && pod.status.phase) || 'Pending';

module.exports = async function (context) {
  const { parent, children } = context.request.body;
  const { completions, parallelism = 1, template } = parent.spec;
  const pods = children['Pod.v1'];
  const podName = (index) => parent.metadata.name + '-' + index;

  const state = new Map();
  for (let index = 0; index < completions; index++) {
    const pod = pods[podName(index)];
    state.set(index, pod === undefined ? 'missing' : phase(pod));
  }
  const count = (wanted) => Array.from(state.values()).filter((one) => one === wanted).length;
  let active = count('Pending') + count('Running');

  const desired = [];
  for (const [index, current] of state) {
    if (current === 'Failed') continue;
    if (current === 'missing') {
      if (active >= parallelism) continue;
      active += 1;
    }
    const containers = template.spec.containers.map((container) => ({
      ...container,
      env: [...(container.env || []), { name: 'JOB_INDEX', value: String(index) }],
    }));
    desired.push({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { labels: template.metadata.labels, name: podName(index) },
      spec: Object.assign({ restartPolicy: 'Never' }, template.spec, { containers }),
    });
  }

  const succeeded = count('Succeeded');
  const complete = succeeded === completions;
  const status = {
    active,
    failed: count('Failed'),
    succeeded,
    conditions: [{ type: 'Complete', status: complete ? 'True' : 'False' }],
  };
  return { status: 200, body: { status, children: desired } };
};
