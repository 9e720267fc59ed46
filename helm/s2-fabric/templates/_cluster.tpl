{{/*
What is in the cluster, as JSON: {} for what is not there, and for everything where nobody can look (helm template, a dry run of
the client, Argo CD). Takes (list root apiVersion kind namespace name). Helm's lookup ends with an error for a kind that the
cluster does not have, so KEDA's are looked up only where they are.
*/}}
{{- define "s2.lookup" -}}
{{- $version := index . 1 -}}
{{- $kind := index . 2 -}}
{{- if or (not (contains "." $version)) ((index . 0).Capabilities.APIVersions.Has (printf "%s/%s" $version $kind)) -}}
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
