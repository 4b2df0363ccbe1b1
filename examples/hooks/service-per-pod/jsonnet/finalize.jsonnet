// The Services are gone when none is observed any more; then the annotation is removed, too.
function(request) {
  annotations: { 'example.com/services': null },
  attachments: [],
  finalized: std.length(std.get(request.attachments, 'Service.v1', {})) == 0,
}
