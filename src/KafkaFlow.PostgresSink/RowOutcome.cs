using KafkaFlow.Contracts;

namespace KafkaFlow.PostgresSink;

/// <summary>Collects what became of the rows of one attempt at a batch.</summary>
internal sealed class RowOutcome
{
    private readonly SinkBatch _batch;
    private readonly HashSet<EventRow> _divergent = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<EventRow> _refused = new(ReferenceEqualityComparer.Instance);

    public RowOutcome(SinkBatch batch)
    {
        _batch = batch;
        Rejected = [.. batch.Rejected];
        foreach (var row in batch.Rows)
            if (row.Problem is { } problem) Refuse(row, problem);
        Storable = _refused.Count == 0 ? batch.Rows : [.. batch.Rows.Where(r => !_refused.Contains(r))];
    }

    /// <summary>Rows in which nothing is seen that Postgres cannot hold.</summary>
    public IReadOnlyList<EventRow> Storable { get; }

    public int Written { get; set; }
    public int Repeated { get; set; }
    public List<RejectedRecord> Rejected { get; }

    public void Diverges(EventRow row)
    {
        _divergent.Add(row);
        Rejected.Add(new(row.Place, RejectReasons.DivergentFact, row.Bytes));
    }

    public void Refuse(EventRow row, string reason)
    {
        _refused.Add(row);
        Rejected.Add(new(row.Place, reason, row.Bytes));
    }

    /// <summary>What the projection folds, in the order of the log.</summary>
    public List<ExecutionEvent> Facts()
    {
        var facts = new List<ExecutionEvent>(_batch.Rows.Count);
        foreach (var row in _batch.Rows)
        {
            if (_divergent.Contains(row)) continue;
            var fact = _refused.Contains(row) ? WithoutText(row.Event) : row.Event;
            if (fact is not null) facts.Add(fact);
        }
        return facts;
    }

    /// <summary>That a step or the run has ended must not be lost with a text that cannot be stored.</summary>
    private static ExecutionEvent? WithoutText(ExecutionEvent fact) =>
        ExecutionIds.Problem(fact.ExecutionId) is not null || !EventTypes.All.ContainsKey(fact.EventType)
            || EventColumnText.TimeProblem(fact.CreatedAt) is not null
            ? null
            : fact with
            {
                Context = null, Result = null, Error = null, Meta = null, PlaybookPath = null, ContentHash = null,
                ParentExecutionId = null,
            };
}
