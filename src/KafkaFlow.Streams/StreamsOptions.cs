using System.Text;
using KafkaFlow.Kafka;

namespace KafkaFlow.Streams;

/// <summary>Settings of one runtime. Every queue and wait has its limit here.</summary>
public sealed record StreamsOptions
{
    public required KafkaSettings Kafka { get; init; }

    /// <summary>Consumer group; also the first part of the transactional id <c>group-ordinal-shard</c>.</summary>
    public required string Group { get; init; }

    /// <summary>Holds one directory per partition. Two running instances never share it.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>
    /// Tells this instance from every other of the group, and stays the same over restarts, so that partitions come
    /// back
    /// to the same disk at once. null: the text in <c>ordinal</c> of the state directory, drawn at its first use.
    /// </summary>
    public string? Ordinal { get; init; }

    /// <summary>Value of the record that opens a term on the facts topic.</summary>
    public Func<Term, byte[]> OwnerValue { get; init; } = DefaultOwnerValue;

    /// <summary>Headers of that record beside <c>control</c> and <c>epoch</c>.</summary>
    public IReadOnlyList<RecordHeader> OwnerHeaders { get; init; } = [];

    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A checkpoint begins at once at this many changed keys.</summary>
    public int CheckpointChanges { get; init; } = 10_000;

    /// <summary>Changed keys in memory beyond which no more records are taken until a checkpoint has ended.</summary>
    public int MaxOverlayChanges { get; init; } = 200_000;

    /// <summary>Records produced and not yet acknowledged beyond which no more are taken.</summary>
    public int MaxInFlight { get; init; } = 50_000;

    /// <summary>How long a limit may hold the instance before it starts over.</summary>
    public TimeSpan MaxStall { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time on the owner's thread that adoption takes before other partitions have their turn.</summary>
    public TimeSpan AdoptionSlice { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Timers fired in one turn of the loop.</summary>
    public int TimersPerTurn { get; init; } = 500;

    /// <summary>After which a timer that is still armed is fired again, once its record has been processed.</summary>
    public TimeSpan TimerRepeat { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For one transaction; also what a crashed owner can hold back its successor.</summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the last checkpoint when partitions are given up, and for closing each client.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Between a failure and the next start; doubles up to <see cref="MaxRestartPause"/>.</summary>
    public TimeSpan RestartPause { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan MaxRestartPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="StreamsException">Lists every setting that is out of range.</exception>
    public void Validate()
    {
        List<string> problems = [];
        if (string.IsNullOrWhiteSpace(Group)) problems.Add("Group is empty");
        if (string.IsNullOrWhiteSpace(StateDirectory)) problems.Add("StateDirectory is empty");
        if (Ordinal is { } o && !o.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            problems.Add($"Ordinal is '{o}'; expected [A-Za-z0-9._-]");
        foreach (var (name, value) in new[]
        {
            (nameof(CheckpointChanges), CheckpointChanges), (nameof(MaxOverlayChanges), MaxOverlayChanges),
            (nameof(MaxInFlight), MaxInFlight), (nameof(TimersPerTurn), TimersPerTurn),
        })
            if (value <= 0) problems.Add($"{name} is {value}; expected at least 1");
        foreach (var (name, value) in new[]
        {
            (nameof(CheckpointInterval), CheckpointInterval), (nameof(MaxStall), MaxStall),
            (nameof(AdoptionSlice), AdoptionSlice), (nameof(TimerRepeat), TimerRepeat),
            (nameof(SessionTimeout), SessionTimeout), (nameof(TransactionTimeout), TransactionTimeout),
            (nameof(DrainTimeout), DrainTimeout), (nameof(RestartPause), RestartPause),
        })
            if (value <= TimeSpan.Zero) problems.Add($"{name} is {value}; expected more than 0");
        if (MaxOverlayChanges < CheckpointChanges)
            problems.Add(
                $"MaxOverlayChanges is {MaxOverlayChanges}; expected at least CheckpointChanges ({CheckpointChanges})");
        if (problems.Count > 0) throw new StreamsException($"stream settings: {string.Join("; ", problems)}");
    }

    private static byte[] DefaultOwnerValue(Term term) =>
        Encoding.UTF8.GetBytes($$"""{"partition":{{term.Partition}},"epoch":{{term.Epoch}}}""");
}
