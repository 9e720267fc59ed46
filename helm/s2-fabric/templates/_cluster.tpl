{{/*
What is in the cluster, as JSON: {} for what is not there, and for everything where nobody can look (helm template, a dry run of
the client, Argo CD). Takes (list root apiVersion kind namespace name). Helm's lookup ends with an error for a kind that the
cluster does not have, and in some libraries (helm-java) where there is no cluster. Only a cluster's own list of API versions
names kinds, so they are looked up only where it does.
*/}}
{{- define "s2.lookup" -}}
{{- $version := index . 1 -}}
{{- $kind := index . 2 -}}
{{- if (index . 0).Capabilities.APIVersions.Has (printf "%s/%s" $version $kind) -}}
{{- lookup $version $kind (index . 3) (index . 4) | toJson -}}
{{- else -}}
{}
{{- end -}}
{{- end }}

{{/* Whether the release's namespace is there to look into: "true", or nothing. */}}
{{- define "s2.canLook" -}}
{{- if .Values.checkCluster -}}
{{- if include "s2.lookup" (list . "v1" "Namespace" "" .Release.Namespace) | fromJson -}}true{{- end -}}
{{- end -}}
{{- end }}

{{/*
Two must not decide how many replicas there are, and one must not take over from the other at once: KEDA's webhook refuses a
Deployment that has a HorizontalPodAutoscaler, and Helm deletes what a release no longer has only after it made what is new.
*/}}
{{- define "s2.refuseOtherScaler" -}}
{{- $with := .Values.autoscaling.with -}}
{{- $others := dict "keda" (list "autoscaling/v2" "HorizontalPodAutoscaler" "hpa") "hpa" (list "keda.sh/v1alpha1" "ScaledObject" "keda") -}}
{{- with get $others $with -}}
{{- $other := . -}}
{{- $found := list -}}
{{- range $name, $line := $.Values.functions -}}
{{- $object := include "s2.lookup" (list $ (index $other 0) (index $other 1) $.Release.Namespace (printf "%s-%s" $.Release.Name $name)) | fromJson -}}
{{- if $object -}}{{- $found = append $found (printf "%s-%s" $.Release.Name $name) -}}{{- end -}}
{{- end -}}
{{- if $found -}}
{{- fail (printf "autoscaling.with: %s, but this release still has a %s of each of %s. Go over `none`: helm upgrade with autoscaling.with=none, wait until `kubectl -n %s get %s` names none of them, then upgrade with autoscaling.with=%s. Replicas are `min` in between (docs/kubernetes.md)." $with (index $other 1) (join ", " $found) $.Release.Namespace (lower (index $other 1)) $with) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/*
Secrets and config maps that pods would wait for, and Helm until its timeout without a word. A key that nothing reads need not be
there.
*/}}
{{- define "s2.refuseMissing" -}}
{{- $secrets := .Values.secrets -}}
{{- $redis := eq .Values.channel "redis" -}}
{{- $jwt := list $secrets.jwt.publicKey -}}
{{- $doors := false -}}
{{- range $name, $line := .Values.functions -}}
{{- $function := mergeOverwrite (deepCopy $.Values.defaults) (deepCopy ($line | default dict)) -}}
{{- if and $function.enabled $function.issuesTokens -}}{{- $jwt = prepend $jwt $secrets.jwt.privateKey -}}{{- end -}}
{{- if and $function.enabled (or $function.ownDoor $function.gateway) -}}{{- $doors = true -}}{{- end -}}
{{- end -}}
{{- $needed := list (list "Secret" $secrets.postgres.name (list $secrets.postgres.username $secrets.postgres.password)) (list "Secret" $secrets.jwt.name ($jwt | uniq)) -}}
{{- if and $redis $secrets.redis.name -}}
{{- $keys := list $secrets.redis.url -}}
{{- if eq .Values.autoscaling.with "keda" -}}{{- $keys = append $keys $secrets.redis.username -}}{{- end -}}
{{- if or .Values.tryOut.enabled (eq .Values.autoscaling.with "keda") -}}{{- $keys = append $keys $secrets.redis.password -}}{{- end -}}
{{- $needed = append $needed (list "Secret" $secrets.redis.name (compact $keys)) -}}
{{- end -}}
{{- if not $redis -}}
{{- $keys := list $secrets.amqp.url -}}
{{- if eq .Values.autoscaling.with "keda" -}}{{- $keys = concat $keys (ternary (list $secrets.amqp.managementUrl) (list $secrets.amqp.username $secrets.amqp.password) (eq .Values.amqp.broker "rabbitmq")) -}}{{- end -}}
{{- $needed = append $needed (list "Secret" $secrets.amqp.name $keys) -}}
{{- end -}}
{{- if and $doors $secrets.operator.name -}}
{{- $needed = append $needed (list "Secret" $secrets.operator.name (list $secrets.operator.token)) -}}
{{- end -}}
{{- range $ca := ternary (list .Values.postgres.ca .Values.redis.ca) (list .Values.postgres.ca .Values.amqp.ca) $redis -}}
{{- if include "s2.hasCa" $ca -}}
{{- $needed = append $needed (list (ternary "Secret" "ConfigMap" (ne $ca.secret "")) ($ca.secret | default $ca.configMap) (list $ca.key)) -}}
{{- end -}}
{{- end -}}
{{- $missing := list -}}
{{- range $needed -}}
{{- $object := include "s2.lookup" (list $ "v1" (index . 0) $.Release.Namespace (index . 1)) | fromJson -}}
{{- if not $object -}}
{{- $missing = append $missing (printf "%s %s (%s)" (index . 0) (index . 1) (join ", " (index . 2))) -}}
{{- else -}}
{{- $there := merge dict ($object.data | default dict) ($object.binaryData | default dict) -}}
{{- range $key := index . 2 -}}
{{- if not (hasKey $there $key) -}}{{- $missing = append $missing (printf "the key %s of %s" $key $object.metadata.name) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $missing -}}
{{- fail (printf "Not there in the namespace %s: %s. Pods would wait for it. For a new installation helm/secrets in the source tree writes all secrets: sh helm/secrets | kubectl -n %s apply -f - (checkCluster: false installs all the same.)" $.Release.Namespace (join "; " ($missing | uniq)) $.Release.Namespace) -}}
{{- end -}}
{{- end }}
