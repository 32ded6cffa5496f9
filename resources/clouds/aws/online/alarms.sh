#!/bin/sh
# Alarms around the imported key @KEY_ID@: changes of policy, state, material and alias; refused calls; unusual decryption; expiry.
# usage: sh alarms.sh LOG_GROUP SNS_TOPIC_ARN      LOG_GROUP receives your CloudTrail management events, KMS included
# Running it again sets the same filters and alarms again. Review every line first.
set -eu
[ $# -eq 2 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
group=$1
topic=$2
key='@KEY_ID@'
space=KeyCeremony

metric() { # NAME PATTERN: count matching events as a metric
    aws logs put-metric-filter @REGION_OPTION@--log-group-name "$group" --filter-name "$1" --filter-pattern "$2" \
        --metric-transformations "metricName=$1,metricNamespace=$space,metricValue=1,defaultValue=0"
}

alarm() { # NAME: one event within five minutes is enough
    aws cloudwatch put-metric-alarm @REGION_OPTION@--alarm-name "$1" --namespace "$space" --metric-name "$1" \
        --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold \
        --treat-missing-data notBreaching --alarm-actions "$topic"
}

ours="(\$.eventSource = \"kms.amazonaws.com\") && (\$.resources[0].ARN = \"*$key\")"
change=''
for name in PutKeyPolicy DisableKey ScheduleKeyDeletion CancelKeyDeletion ImportKeyMaterial GetParametersForImport \
    DeleteImportedKeyMaterial RotateKeyOnDemand CreateGrant ReplicateKey UpdatePrimaryRegion; do
    change="$change${change:+ || }(\$.eventName = \"$name\")"
done
metric "$key-change" "{ $ours && ($change) }"
alarm "$key-change"

# Events of the service itself, of aliases, and of refused calls may not name the key there, so these cover every key of the account.
metric "kms-material-expired" '{ ($.eventSource = "kms.amazonaws.com") && ($.eventName = "DeleteExpiredKeyMaterial") }'
alarm "kms-material-expired"
metric "kms-alias-change" '{ ($.eventSource = "kms.amazonaws.com") && (($.eventName = "UpdateAlias") || ($.eventName = "DeleteAlias")) }'
alarm "kms-alias-change"
metric "kms-refused" '{ ($.eventSource = "kms.amazonaws.com") && ($.errorCode = "AccessDenied*") }'
alarm "kms-refused"

# Use beyond the usual: a band learned from the past two weeks, so this alarm is of little worth before that.
metric "$key-use" "{ $ours && ((\$.eventName = \"Decrypt\") || (\$.eventName = \"Sign\") || (\$.eventName = \"GenerateMac\")) }"
aws cloudwatch put-metric-alarm @REGION_OPTION@--alarm-name "$key-use" --evaluation-periods 2 --threshold-metric-id band \
    --comparison-operator GreaterThanUpperThreshold --treat-missing-data notBreaching --alarm-actions "$topic" --metrics "[
    {\"Id\":\"use\",\"ReturnData\":true,\"MetricStat\":{\"Stat\":\"Sum\",\"Period\":300,\"Metric\":{\"Namespace\":\"$space\",\"MetricName\":\"$key-use\"}}},
    {\"Id\":\"band\",\"Expression\":\"ANOMALY_DETECTION_BAND(use, 3)\"}]"

# Only material that was imported with an end date has this metric; for ours the alarm stays quiet.
aws cloudwatch put-metric-alarm @REGION_OPTION@--alarm-name "$key-expiry" --namespace AWS/KMS --metric-name SecondsUntilKeyMaterialExpiration \
    --dimensions "Name=KeyId,Value=$key" --statistic Minimum --period 3600 --evaluation-periods 1 --threshold 2592000 \
    --comparison-operator LessThanThreshold --treat-missing-data notBreaching --alarm-actions "$topic"
