// A Service for each Pod of a StatefulSet. The annotation has the ports: `http=80:8080,metrics=9090`.

local annotation = 'example.com/service-per-pod';

local isNumber(text) = text != '' && std.stripChars(text, '0123456789') == '';

local port(text) =
  local parts = std.split(std.stripChars(text, ' '), '=');
  local numbers = if std.length(parts) == 2 then std.split(parts[1], ':') else [];
  if std.length(numbers) < 1 || std.length(numbers) > 2 || !std.all([isNumber(number) for number in numbers]) then
    error 'invalid: %s: invalid port "%s"' % [annotation, text]
  else {
    name: parts[0],
    port: std.parseInt(numbers[0]),
    targetPort: std.parseInt(numbers[std.length(numbers) - 1]),
  };

function(request)
  local object = request.object;
  local name = object.metadata.name;
  local wanted = [port(one) for one in std.split(object.metadata.annotations[annotation], ',') if one != ''];
  local replicas = std.get(object.spec, 'replicas', 1);
  {
    annotations: { 'example.com/services': '' + replicas },
    attachments: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: {
          name: name + '-' + index,
          namespace: object.metadata.namespace,
          labels: { app: 'service-per-pod' },
        },
        spec: { selector: { 'statefulset.kubernetes.io/pod-name': name + '-' + index }, ports: wanted },
      }
      for index in std.range(0, replicas - 1)
    ],
  }
