using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>Everything a run has to remember, all of it open to the rules.</summary>
internal sealed class Memory
{
    private int _moment;

    public required string ExecutionId { get; init; }
    public required ReferenceSettings Settings { get; init; }
    public required PlaybookGraph Graph { get; set; }
    public required Shape Shape { get; set; }
    public int GraphVersion { get; set; } = 1;
    public RunStatus Status { get; set; } = RunStatus.Running;
    /// <summary>Microseconds since 1970.</summary>
    public long Now { get; set; }
    public long StartedAt { get; set; }
    public Value Workload { get; set; }
    public List<KeyValuePair<string, Value>> Variables { get; } = [];
    public List<Visit> Visits { get; } = [];
    /// <summary>Latest visit of each step in the current iteration of the loops around it.</summary>
    public Dictionary<string, Visit> Current { get; } = [];
    /// <summary>A step that has to begin whatever its join says: it is run again.</summary>
    public (string Step, IReadOnlyList<Arrival> Arrivals)? Again { get; set; }
    /// <summary>Uncaught failures, first first.</summary>
    public List<Visit> Uncaught { get; } = [];
    public List<(string Name, Value Payload)> Signals { get; } = [];
    /// <summary>Timers that fell due during a pause.</summary>
    public List<(string Activation, string Kind, int Attempt)> Kept { get; } = [];

    public RunStatus ClosingAs { get; set; }
    public RunError? Error { get; set; }
    public Value Result { get; set; } = Value.Null;
    /// <summary>Completed visits to undo, next first; null until it is known.</summary>
    public Queue<Visit>? ToCompensate { get; set; }
    public Queue<string>? ToFinish { get; set; }
    public List<string> Compensations { get; } = [];

    public bool IsOver => Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled;

    /// <summary>Numbers beginnings and ends in the order they happen.</summary>
    public int NextMoment() => ++_moment;

    public IEnumerable<Work> Works =>
        Visits.Where(visit => visit.Work is not null).SelectMany(visit => visit.Work!.All);

    public IEnumerable<Work> Live => Works.Where(work => work.IsLive);

    public Work? Find(string activation) => Works.FirstOrDefault(work => work.Id == activation);
}
