{{/* Labels that never change. Takes (list root component). */}}
{{- define "s2.selector" -}}
app.kubernetes.io/name: s2-fabric
app.kubernetes.io/instance: {{ (first .).Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end }}

{{- define "s2.labels" -}}
{{ include "s2.selector" . }}
app.kubernetes.io/part-of: s2-fabric
app.kubernetes.io/version: {{ include "s2.labelValue" (first .).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (first .).Release.Service }}
helm.sh/chart: {{ include "s2.labelValue" (printf "%s-%s" (first .).Chart.Name (first .).Chart.Version) }}
{{- end }}

{{/*
A version as a label or a tag can say it: 63 characters, no plus sign. Flux puts a chart's revision behind a plus sign, and
long names come from pull requests.
*/}}
{{- define "s2.labelValue" -}}
{{- . | replace "+" "_" | trunc 63 | trimAll "-_." -}}
{{- end }}

{{/* A map of texts: numbers and switches are quoted, as labels and annotations want them. */}}
{{- define "s2.texts" -}}
{{- range $key, $value := . }}
{{ $key }}: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* An image's name. Takes (list root what). */}}
{{- define "s2.image" -}}
{{- $image := (first .).Values.image -}}
{{ $image.registry }}/s2-{{ last . }}:{{ $image.tag | default ((first .).Chart.AppVersion | replace "+" "_" | trunc 128) }}{{ if eq $image.flavor "jvm" }}-jvm{{ end }}
{{- end }}

{{/* The port that a URL names, or what its servers listen on by default. Takes (list url default). */}}
{{- define "s2.port" -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" (urlParse (first .)).host) | default (last .) -}}
{{- end }}

{{/* host:port of Redis, for KEDA. */}}
{{- define "s2.redisAddress" -}}
{{- regexReplaceAll ":[0-9]+$" (urlParse .Values.redis.url).host "" }}:{{ include "s2.port" (list .Values.redis.url 6379) }}
{{- end }}

{{/* An entry of env from a secret. Takes (dict name secret key). */}}
{{- define "s2.fromSecret" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end }}

{{/* The environment of every process of the fabric. Takes (list root settings-of-the-function). */}}
{{- define "s2.env" -}}
{{- $root := first . -}}
{{- $function := last . -}}
{{- with $root.Values -}}
- name: S2_POSTGRES_URL
  value: {{ .postgres.url | quote }}
{{ include "s2.fromSecret" (dict "name" "S2_POSTGRES_USER" "secret" .secrets.postgres.name "key" .secrets.postgres.username) }}
- name: S2_POSTGRES_PASSWORD_FILE
  value: /etc/s2/postgres/password
{{ if include "s2.hasCa" .postgres.ca -}}
- name: S2_POSTGRES_CA_FILE
  value: /etc/s2/postgres-ca/ca.crt
{{ end -}}
{{ if eq .channel "amqp" -}}
- name: S2_AMQP_URL_FILE
  value: /etc/s2/amqp/url
{{ if include "s2.hasCa" .amqp.ca -}}
- name: S2_AMQP_CA_FILE
  value: /etc/s2/amqp-ca/ca.crt
{{ end -}}
{{ else if .secrets.redis.name -}}
- name: S2_REDIS_URL_FILE
  value: /etc/s2/redis/url
{{ else -}}
- name: S2_REDIS_URL
  value: {{ .redis.url | quote }}
{{ end -}}
{{ if and (eq .channel "redis") (include "s2.hasCa" .redis.ca) -}}
- name: S2_REDIS_CA_FILE
  value: /etc/s2/redis-ca/ca.crt
{{ end -}}
{{ if and .secrets.operator.name (or $function.ownDoor $function.gateway) -}}
{{ include "s2.fromSecret" (dict "name" "S2_OPERATOR_TOKEN" "secret" .secrets.operator.name "key" .secrets.operator.token) }}
{{ end -}}
{{ if $function.issuesTokens -}}
- name: S2_JWT_KEY_FILE
  value: /etc/s2/jwt/private.pem
{{ end -}}
- name: S2_JWT_PUBLIC_KEY_FILE
  value: /etc/s2/jwt/public.pem
{{ if and $function.providerKeys .secrets.providers.name -}}
- name: S2_BULKHEAD_KEY_DIRECTORIES
  value: /etc/s2/providers
{{ end -}}
- name: S2_SAMPLE
  value: "off"
- name: S2_LOG_JSON
  value: "true"
- name: QUARKUS_HTTP_PORT
  value: "8080"
{{ if .management.enabled -}}
- name: QUARKUS_MANAGEMENT_PORT
  value: {{ .management.port | quote }}
{{ end -}}
- name: S2_DOOR_FAREWELL
  value: {{ printf "%ds" (int .shutdown.farewellSeconds) | quote }}
- name: S2_BUS_READER_DRAIN
  value: {{ printf "%ds" (int .shutdown.drainSeconds) | quote }}
- name: QUARKUS_SHUTDOWN_TIMEOUT
  value: {{ printf "%ds" (int (default .shutdown.drainSeconds $function.drainSeconds)) | quote }}
- name: QUARKUS_DATASOURCE_REACTIVE_MAX_SIZE
  value: {{ $function.connections | quote }}
{{- /* Functions from zero start often, for little work: the quick compiler alone saves a third of a start. */}}
{{- $quick := ternary (dict "JAVA_TOOL_OPTIONS" "-XX:TieredStopAtLevel=1") dict (and (eq .image.flavor "jvm") (default false $function.fromZero)) }}
{{- range $name, $value := mergeOverwrite $quick .env $function.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* What a pod may do: nothing but run, as nobody, on files that it cannot change. Takes the id of its user. */}}
{{- define "s2.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "s2.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Where pods may run, and who fetches their images. */}}
{{- define "s2.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- range . }}
  - name: {{ . }}{{ end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- include "s2.texts" . | indent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Volumes of every process, and where they are. Takes (list root settings-of-the-function). */}}
{{- define "s2.volumes" -}}
{{- $jwt := (first .).Values.secrets.jwt -}}
{{- $function := last . -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
- name: jwt
  secret:
    secretName: {{ $jwt.name }}
    defaultMode: 0440
    items:
      {{- if (last .).issuesTokens }}
      - key: {{ $jwt.privateKey }}
        path: private.pem
      {{- end }}
      - key: {{ $jwt.publicKey }}
        path: public.pem
{{- with (first .).Values }}
- name: postgres
  secret:
    secretName: {{ .secrets.postgres.name }}
    defaultMode: 0440
    items:
      - key: {{ .secrets.postgres.password }}
        path: password
{{- if and (eq .channel "redis") .secrets.redis.name }}
- name: redis
  secret:
    secretName: {{ .secrets.redis.name }}
    defaultMode: 0440
    items:
      - key: {{ .secrets.redis.url }}
        path: url
{{- end }}
{{- if eq .channel "amqp" }}
- name: amqp
  secret:
    secretName: {{ .secrets.amqp.name }}
    defaultMode: 0440
    items:
      - key: {{ .secrets.amqp.url }}
        path: url
{{- end }}
{{- if and ($function.providerKeys) .secrets.providers.name }}
- name: providers
  secret:
    secretName: {{ .secrets.providers.name }}
    defaultMode: 0440
    optional: true
{{- end }}
{{- include "s2.caVolume" (list "postgres-ca" .postgres.ca) }}
{{- if eq .channel "redis" }}
{{- include "s2.caVolume" (list "redis-ca" .redis.ca) }}
{{- else }}
{{- include "s2.caVolume" (list "amqp-ca" .amqp.ca) }}
{{- end }}
{{- with .extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Whether there is a certificate authority: "true", or nothing. */}}
{{- define "s2.hasCa" -}}
{{- if or .secret .configMap }}true{{ end -}}
{{- end }}

{{/* The certificates that a server's must be signed by. Takes (list name ca). */}}
{{- define "s2.caVolume" -}}
{{- $ca := last . }}
{{- if include "s2.hasCa" $ca }}
- name: {{ first . }}
  {{- if $ca.secret }}
  secret:
    secretName: {{ $ca.secret }}
  {{- else }}
  configMap:
    name: {{ $ca.configMap }}
  {{- end }}
    defaultMode: 0444
    items:
      - key: {{ $ca.key }}
        path: ca.crt
{{- end }}
{{- end }}

{{- define "s2.mounts" -}}
- name: tmp
  mountPath: /tmp
- name: jwt
  mountPath: /etc/s2/jwt
  readOnly: true
- name: postgres
  mountPath: /etc/s2/postgres
  readOnly: true
{{- if and (eq .Values.channel "redis") .Values.secrets.redis.name }}
- name: redis
  mountPath: /etc/s2/redis
  readOnly: true
{{- end }}
{{- if eq .Values.channel "amqp" }}
- name: amqp
  mountPath: /etc/s2/amqp
  readOnly: true
{{- end }}
{{- if include "s2.hasCa" .Values.postgres.ca }}
- name: postgres-ca
  mountPath: /etc/s2/postgres-ca
  readOnly: true
{{- end }}
{{- if and (eq .Values.channel "redis") (include "s2.hasCa" .Values.redis.ca) }}
- name: redis-ca
  mountPath: /etc/s2/redis-ca
  readOnly: true
{{- end }}
{{- if and (eq .Values.channel "amqp") (include "s2.hasCa" .Values.amqp.ca) }}
- name: amqp-ca
  mountPath: /etc/s2/amqp-ca
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What makes pods start anew: processes read their secrets as they start. */}}
{{- define "s2.podAnnotations" -}}
{{- $annotations := deepCopy .Values.podAnnotations }}
{{- if .Values.rotation }}
{{- $_ := set $annotations "s2.infrafabric.io/rotation" (toString .Values.rotation) }}
{{- end }}
{{- with $annotations }}
annotations: {{- include "s2.texts" . | indent 2 }}
{{- end }}
{{- end }}

{{/* A quantity of memory in bytes. */}}
{{- define "s2.bytes" -}}
{{- $units := dict "" 1.0 "m" 0.001 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 -}}
{{- mulf (regexFind "^[0-9.]+" . | float64) (get $units (regexReplaceAll "^[0-9.]+" . "")) -}}
{{- end }}

{{/* What a pod asks for: never more than it may have, which Kubernetes would refuse. Takes (list request limit). */}}
{{- define "s2.memoryRequest" -}}
{{- if lt (include "s2.bytes" (first .) | float64) (include "s2.bytes" (last .) | float64) }}{{ first . }}{{ else }}{{ last . }}{{ end -}}
{{- end }}

{{/*
Arguments of a native process: the most heap that it uses, 60 % of its memory like a JVM's. The rest is for what is not heap. (By
itself it would take 80 %.) Nothing on a JVM, whose image says so itself. Takes (list root memory).
*/}}
{{- define "s2.heap" -}}
{{- if eq (first .).Values.image.flavor "native" -}}
-Xmx{{ divf (mulf (include "s2.bytes" (last .) | float64) 0.6) 1048576.0 | floor | int }}m
{{- end -}}
{{- end }}

{{/* Egress to what every process needs: names, PostgreSQL and the channel. */}}
{{- define "s2.egress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
- ports:
    - port: {{ include "s2.port" (list .Values.postgres.url 5432) }}
      protocol: TCP
    - port: {{ if eq .Values.channel "amqp" }}{{ .Values.amqp.port }}{{ else }}{{ include "s2.port" (list .Values.redis.url 6379) }}{{ end }}
      protocol: TCP
  {{- with .Values.networkPolicy.egressTo }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/*
Egress to the internet, and to nothing else: without what IANA's registries set aside (the application keeps to the same list,
io.infrafabric.input.Reserved). 64:ff9b::/96 is how networks without IPv4 reach the rest of the internet.
*/}}
{{- define "s2.internet" -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
          - "0.0.0.0/8"
          - "10.0.0.0/8"
          - "100.64.0.0/10"
          - "127.0.0.0/8"
          - "168.63.129.16/32"
          - "169.254.0.0/16"
          - "172.16.0.0/12"
          - "192.0.0.0/24"
          - "192.0.2.0/24"
          - "192.88.99.0/24"
          - "192.168.0.0/16"
          - "198.18.0.0/15"
          - "198.51.100.0/24"
          - "203.0.113.0/24"
          - "224.0.0.0/4"
          - "240.0.0.0/4"
    - ipBlock:
        cidr: 2000::/3
        except:
          - "2001::/23"
          - "2001:db8::/32"
          - "2002::/16"
          - "3fff::/20"
    - ipBlock:
        cidr: 64:ff9b::/96
        except:
          - "64:ff9b::/104"
          - "64:ff9b::a00:0/104"
          - "64:ff9b::6440:0/106"
          - "64:ff9b::7f00:0/104"
          - "64:ff9b::a83f:8110/128"
          - "64:ff9b::a9fe:0/112"
          - "64:ff9b::ac10:0/108"
          - "64:ff9b::c000:0/120"
          - "64:ff9b::c000:200/120"
          - "64:ff9b::c058:6300/120"
          - "64:ff9b::c0a8:0/112"
          - "64:ff9b::c612:0/111"
          - "64:ff9b::c633:6400/120"
          - "64:ff9b::cb00:7100/120"
          - "64:ff9b::e000:0/100"
          - "64:ff9b::f000:0/100"
{{- end }}

{{/*
The most connections to PostgreSQL that all replicas of all functions open together: at their most, and with one more of each,
as during an upgrade.
*/}}
{{- define "s2.connections" -}}
{{- $connections := 0 -}}
{{- range $name, $line := .Values.functions -}}
{{- $function := mergeOverwrite (deepCopy $.Values.defaults) (deepCopy ($line | default dict)) -}}
{{- if $function.enabled -}}
{{- $replicas := ternary $function.min $function.max (eq $.Values.autoscaling.with "none") -}}
{{- $connections = add $connections (mul $function.connections (add 1 $replicas)) -}}
{{- end -}}
{{- end -}}
{{- $connections -}}
{{- end }}
