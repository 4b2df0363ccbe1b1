// A Pod per index, at most `parallelism` at a time, until each index has succeeded once. A failed Pod is replaced: it is
// not asked for any more, and is made again by the next sync.

function(request)
  local parent = request.parent;
  local spec = parent.spec;
  local pods = request.children['Pod.v1'];
  local podName(index) = parent.metadata.name + '-' + index;

  local phase(index) =
    if !std.objectHas(pods, podName(index)) then 'missing'
    else std.get(std.get(pods[podName(index)], 'status', {}), 'phase', 'Pending');
  local indexes = std.range(0, spec.completions - 1);
  local with(phases) = [index for index in indexes if std.member(phases, phase(index))];

  local running = with(['Pending', 'Running']);
  local room = std.max(0, std.get(spec, 'parallelism', 1) - std.length(running));
  local started = with(['missing'])[0:room];
  local succeeded = with(['Succeeded']);

  local pod(index) = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: spec.template.metadata.labels, name: podName(index) },
    spec: { restartPolicy: 'Never' } + spec.template.spec {
      containers: [
        container { env: std.get(container, 'env', []) + [{ name: 'JOB_INDEX', value: '' + index }] }
        for container in spec.template.spec.containers
      ],
    },
  };
  {
    status: {
      active: std.length(running) + std.length(started),
      failed: std.length(with(['Failed'])),
      succeeded: std.length(succeeded),
      conditions: [{
        type: 'Complete',
        status: if std.length(succeeded) == spec.completions then 'True' else 'False',
      }],
    },
    children: [pod(index) for index in std.sort(running + started + succeeded)],
  }
