using KafkaFlow.Expressions;

namespace KafkaFlow.Engine.Reference;

/// <summary>Renders what a visit or a work needs with the names that it sees.</summary>
internal sealed class Rendering(Memory run)
{
    public IVariables Of(Work work, params (string Name, Value Value)[] more)
    {
        var visit = work.Visit;
        var special = Special(visit.ResultIn, visit.ErrorIn, visit.EventIn);
        foreach (var level in Levels(work)) Add(special, level);
        if (work.Attempt > 0) special["attempt"] = Value.Int(work.Attempt);
        foreach (var (name, value) in more) special[name] = value;
        return new Names(run, visit.Graph, visit.Shape, visit.Step, special);
    }

    /// <summary>What the edges of a step see that has just ended; they are those of the graph as it is now.</summary>
    public IVariables OfEdges(Visit visit, Value result, RunError? error)
    {
        var special = Special(error is null ? result : Value.Missing, error, visit.EventOut);
        if (error is null) special[$"step:{visit.Step}"] = result;
        if (visit.Work is { Attempt: > 0 } work) special["attempt"] = Value.Int(work.Attempt);
        return new Names(run, run.Graph, run.Shape, visit.Step, special);
    }

    /// <summary>Args of the taken edges in document order, the step's own over them.</summary>
    public Value Args(Work work)
    {
        var merged = new List<KeyValuePair<string, Value>>();
        foreach (var arrival in work.Visit.Arrivals)
            if (arrival.Args is { } given) Merge(merged, given);
        var own = work.Node.Args.Render(Of(work));
        if (own.IsError) return own;
        Merge(merged, own);
        return Value.Map(merged);
    }

    /// <summary>What the worker gets: <c>args</c> and beside it the tool's fields.</summary>
    public Value Input(Work work)
    {
        var args = Args(work);
        if (args.IsError) return args;
        var tool = work.Node.Tool.Render(Of(work));
        return tool.IsError ? tool : Value.Map([new("args", args), .. tool.Entries]);
    }

    private static void Merge(List<KeyValuePair<string, Value>> into, Value from)
    {
        foreach (var entry in from.Entries)
        {
            into.RemoveAll(known => known.Key == entry.Key);
            into.Add(entry);
        }
    }

    private static Dictionary<string, Value> Special(Value result, RunError? error, Value ended) => new()
    {
        ["result"] = result,
        ["output"] = result,
        ["this"] = result,
        ["error"] = error?.ToValue() ?? Value.Missing,
        ["event"] = ended,
    };

    /// <summary>The work and those around it, outermost first.</summary>
    private static IEnumerable<Work> Levels(Work work) =>
        work.Parent is { } parent ? Levels(parent).Append(work) : [work];

    private static void Add(Dictionary<string, Value> special, Work level)
    {
        if (level.Parent is not { } loop) return;
        special["index"] = Value.Int(level.Index);
        if (level.IsIteration)
            foreach (var name in (string[])["result", "output", "this"])
                special[name] = level.Previous ?? level.Visit.ResultIn;
        if (loop.Node.Items is not { } items || level.IsIteration) return;
        special["item"] = level.Item;
        special[items.Element] = level.Item;
    }
}
