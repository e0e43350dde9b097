"""A receiver of OpenTelemetry, which reads with the official messages: receiver.py PORT FILE.

Each request is a line of JSON in FILE. A request with a value of the check `refused` is answered with 400, and of each value of the
check `rejected` the answer says that it was not taken.
"""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

PORT, FILE = int(sys.argv[1]), sys.argv[2]


def checks(request):
    """Yield the name of the check of each value."""
    for resource in request.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.gauge.data_points or metric.sum.data_points:
                    yield next(one.value.string_value for one in point.attributes if one.key == "check")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        request = ExportMetricsServiceRequest()
        request.ParseFromString(content)
        # The size that is computed counts no field that is not known.
        known = ExportMetricsServiceRequest()
        known.CopyFrom(request)
        known.DiscardUnknownFields()
        is_asked_well = self.path == "/v1/metrics" and self.headers["Content-Type"] == "application/x-protobuf"
        names = list(checks(request))
        response = ExportMetricsServiceResponse()
        rejected = names.count("rejected")
        if rejected:
            response.partial_success.rejected_data_points = rejected
            response.partial_success.error_message = "no such check"
        is_taken = is_asked_well and known.ByteSize() == len(content) and "refused" not in names
        if is_taken:
            with open(FILE, "a", encoding="utf-8") as heard:
                heard.write(MessageToJson(request, indent=None) + "\n")
        body = response.SerializeToString()
        self.send_response(200 if is_taken else 400)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
