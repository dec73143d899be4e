using KafkaFlow.Kafka;

namespace KafkaFlow.PostgresSink;

/// <summary>Settings of a sink.</summary>
public sealed record SinkOptions
{
    public const int DefaultBatchRecords = 5_000;
    public const long DefaultBatchBytes = 16L << 20;
    public const int DefaultCachedExecutions = 20_000;

    public required KafkaSettings Kafka { get; init; }

    /// <summary>Where the tables are: URI or Npgsql connection string.</summary>
    public required string Postgres { get; init; }

    /// <summary>Prefix of topics and groups.</summary>
    public string Prefix { get; init; } = Contracts.TopicNames.DefaultPrefix;

    /// <summary>Static name of this member of the group: after a crash the next process of this name gets the
    /// partitions at once instead of after the session timeout. Two processes must not share it; null: none.</summary>
    public string? InstanceId { get; init; }

    /// <summary>Limits of one transaction. Below them a transaction holds what had arrived when it began: nothing waits
    /// for a batch to fill.</summary>
    public int MaxBatchRecords { get; init; } = DefaultBatchRecords;
    public long MaxBatchBytes { get; init; } = DefaultBatchBytes;

    /// <summary>Executions whose projection is kept in memory.</summary>
    public int MaxCachedExecutions { get; init; } = DefaultCachedExecutions;

    /// <summary>Waits between attempts while Postgres, the registry or Kafka is down: doubled from first to
    /// longest.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(100);
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a batch is tried again before its partitions are given back and everything is begun anew. Must
    /// stay well below the group's limit between two polls (300 s).</summary>
    public TimeSpan HoldBatch { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Being further behind than this is told as a warning.</summary>
    public TimeSpan Objective { get; init; } = TimeSpan.FromSeconds(2);

    /// <exception cref="ArgumentException">Lists every mistake.</exception>
    public void Validate()
    {
        var problems = new List<string>(Kafka.Problems());
        if (PostgresAddress.Problem(Postgres) is { } problem) problems.Add(problem);
        Require(Prefix.Length > 0, "the prefix is empty");
        Require(MaxBatchRecords >= 1, $"MaxBatchRecords is {MaxBatchRecords}, expected at least 1");
        Require(MaxBatchBytes >= 1, $"MaxBatchBytes is {MaxBatchBytes}, expected at least 1");
        Require(MaxCachedExecutions >= 1, $"MaxCachedExecutions is {MaxCachedExecutions}, expected at least 1");
        Require(FirstRetry > TimeSpan.Zero, $"FirstRetry is {FirstRetry}, expected more than 0");
        Require(LongestRetry >= FirstRetry, $"LongestRetry is {LongestRetry}, expected at least {FirstRetry}");
        Require(HoldBatch < TimeSpan.FromSeconds(200), $"HoldBatch is {HoldBatch}, expected less than 200 s");
        if (problems.Count > 0) throw new ArgumentException($"sink: {string.Join("; ", problems)}");

        void Require(bool holds, string error)
        {
            if (!holds) problems.Add(error);
        }
    }

    /// <summary>Secrets are not printed.</summary>
    public override string ToString() =>
        $"{Prefix} on Kafka {Kafka} to Postgres {PostgresAddress.Describe(Postgres)}, "
        + $"batches of {MaxBatchRecords} records or {MaxBatchBytes} bytes";
}
