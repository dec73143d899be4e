namespace KafkaFlow.Contracts;

/// <summary>Names of topics and groups under one prefix.</summary>
public sealed record TopicNames(string Prefix)
{
    public const string DefaultPrefix = "kafkaflow";

    public string Commands => $"{Prefix}.commands";
    public string Events => $"{Prefix}.events";
    public string TaskControl => $"{Prefix}.task-control";
    public string Playbooks => $"{Prefix}.playbooks";
    public string Schemas => $"{Prefix}.schemas";
    public string Blobs => $"{Prefix}.blobs";
    public string Changelog => $"{Prefix}.state-changelog";
    public string Dlq => $"{Prefix}.dlq";
    public string Tasks(string nodeType) => $"{Prefix}.tasks.{nodeType}";

    public string EngineGroup => $"{Prefix}-engine";
    public string SinkGroup => $"{Prefix}-sink";
    public string WorkerGroup(string nodeType) => $"{Prefix}-worker-{nodeType}";
}

/// <summary>Headers of records. Those of the stream runtime itself (epoch, part, control, origin) are its
/// own.</summary>
public static class HeaderNames
{
    public const string EventType = "event_type";
    public const string Node = "node";
    public const string Seq = "seq";
    public const string TaskId = "task_id";
    public const string Traceparent = "traceparent";
    public const string ContentType = "content-type";
    public const string AvroContent = "application/avro";
    public const string JsonContent = "application/json";
    public const string DlqTopic = "dlq_topic";
    public const string DlqPartition = "dlq_partition";
    public const string DlqOffset = "dlq_offset";
    public const string DlqCode = "dlq_code";
    public const string DlqReason = "dlq_reason";
}

/// <summary>Why a record is on the dead letter topic.</summary>
public static class DlqCodes
{
    public const string Undecodable = "undecodable";
    public const string MissingField = "missing_field";
    public const string WrongType = "wrong_type";
    public const string UnknownField = "unknown_field";
    public const string BadExecutionId = "bad_execution_id";
    public const string UnknownExecution = "unknown_execution";
    public const string UnknownPlaybook = "unknown_playbook";
    public const string Conflict = "conflict";
    public const string FinishedExecution = "finished_execution";
    public const string Oversized = "oversized";
    public const string DecisionFailed = "decision_failed";
}

/// <summary>Sizes are checked before producing.</summary>
public static class SizeLimits
{
    public const int AnswerBytes = 256 * 1024;
    public const int FactBytes = 512 * 1024;
    public const int TaskBytes = 512 * 1024;
    public const int PlaybookBytes = 512 * 1024;
}
