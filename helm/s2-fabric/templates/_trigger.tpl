{{/*
What wakes a function: the length of its channel, work in hand included. Takes (list root name settings-of-the-function).
Redis: without a consumer group KEDA takes XLEN, and what is handled leaves the stream. With one it takes a lag that leaves
out what is delivered and unacknowledged, and would take working replicas away.
*/}}
{{- define "s2.trigger" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $function := index . 2 -}}
{{- with $root.Values -}}
{{- if eq .channel "redis" -}}
- type: redis-streams
  metadata:
    address: {{ include "s2.redisAddress" $root | quote }}
    databaseIndex: {{ regexFind "[0-9]+$" (urlParse .redis.url).path | default "0" | quote }}
    enableTLS: {{ hasPrefix "rediss:" .redis.url | quote }}
    stream: s2.{{ $name }}
    streamLength: {{ $function.eventsPerReplica | quote }}
    activationLagCount: "0"
{{- else if eq .amqp.broker "rabbitmq" -}}
- type: rabbitmq
  metadata:
    # Over AMQP it would see only messages that nobody works on, and remove working replicas.
    protocol: http
    queueName: s2.{{ $name }}
    mode: QueueLength
    value: {{ $function.eventsPerReplica | quote }}
    activationValue: "0"
{{- else -}}
- type: artemis-queue
  metadata:
    managementEndpoint: {{ .amqp.managementEndpoint | quote }}
    brokerName: {{ .amqp.brokerName | quote }}
    brokerAddress: s2.{{ $name }}
    queueName: s2.{{ $name }}
    queueLength: {{ $function.eventsPerReplica | quote }}
    activationQueueLength: "0"
{{- end }}
{{- if include "s2.scalerNeeds" $root }}
  authenticationRef:
    name: {{ $root.Release.Name }}-channel
{{- end }}
{{- end }}
{{- end }}

{{/* Whether KEDA needs a login or a certificate authority for the channel: "true", or nothing. */}}
{{- define "s2.scalerNeeds" -}}
{{- if or (eq .Values.channel "amqp") .Values.secrets.redis.name (include "s2.scalerCa" .) -}}true{{- end -}}
{{- end }}

{{/* Whether KEDA has to know who signed Redis's certificate: "true", or nothing. */}}
{{- define "s2.scalerCa" -}}
{{- if and (eq .Values.channel "redis") (hasPrefix "rediss:" .Values.redis.url) (include "s2.hasCa" .Values.redis.ca) -}}true{{- end -}}
{{- end }}

{{/* The function that looks for what did not get through: the first enabled one with `sweeps`; nothing if there is none. */}}
{{- define "s2.sweeper" -}}
{{- $root := . -}}
{{- $found := "" -}}
{{- range $name, $line := $root.Values.functions -}}
{{- $function := mergeOverwrite (deepCopy $root.Values.defaults) (deepCopy ($line | default dict)) -}}
{{- if and $function.enabled $function.sweeps (not $found) -}}{{- $found = $name -}}{{- end -}}
{{- end -}}
{{- $found -}}
{{- end }}

{{/*
What wakes a function while the channel answers and refuses what is written: its length stays 0 then. The sweep measures what
is neither published nor taken in, and KEDA reads that where Prometheus does. Takes (list root name settings-of-the-function).
*/}}
{{- define "s2.undelivered" -}}
{{- $root := index . 0 -}}
{{- $sweeper := include "s2.sweeper" $root -}}
{{- if and $sweeper $root.Values.management.enabled -}}
- type: metrics-api
  metadata:
    url: "http://{{ $root.Release.Name }}-{{ $sweeper }}.{{ $root.Release.Namespace }}:{{ $root.Values.management.port }}/q/metrics"
    format: prometheus
    valueLocation: 's2_events_undelivered{function="{{ index . 1 }}"}'
    targetValue: {{ (index . 2).eventsPerReplica | quote }}
    activationTargetValue: "0"
{{- end }}
{{- end }}
