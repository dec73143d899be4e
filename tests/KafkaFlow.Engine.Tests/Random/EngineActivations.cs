using System.Text.Json.Nodes;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>What the facts of a run say of each of its activations.</summary>
internal sealed class EngineActivations
{
    private readonly Dictionary<string, (string Outcome, string? Result, string? Error, int[] Taken)> _all = [];
    private readonly HashSet<(string, int)> _failed = [];

    public EngineActivations(IEnumerable<ExecutionEvent> facts)
    {
        foreach (var fact in facts)
        {
            if (fact.Activation is not { } activation) continue;
            switch (fact.EventType)
            {
                case EventTypes.StepStarted: _all[activation] = ("LIVE", null, null, []); break;
                case EventTypes.LoopIteration when fact.Status == "RUNNING": _all[activation] = ("LIVE", null, null, []); break;
                case EventTypes.StepCompleted or EventTypes.StepFailed or EventTypes.StepSkipped
                    or EventTypes.StepCancelled or EventTypes.LoopIteration:
                    _all[activation] = (fact.Status, fact.Result,
                        fact.Status == "SKIPPED" ? MetaOf(fact)?["reason"]?.GetValue<string>() : Picture.CodeOf(fact.Error),
                        TakenOf(fact));
                    break;
                case EventTypes.ActionFailed: _failed.Add((activation, fact.Attempt ?? 0)); break;
                default: break;
            }
        }
    }

    public IEnumerable<(string Activation, string Outcome, string? Result, string? Error, int[] Taken)> All =>
        _all.Select(entry => (entry.Key, entry.Value.Outcome, entry.Value.Result, entry.Value.Error, entry.Value.Taken));

    private static JsonNode? MetaOf(ExecutionEvent fact) => fact.Meta is null ? null : JsonNode.Parse(fact.Meta);

    private static int[] TakenOf(ExecutionEvent fact) => MetaOf(fact)?["edges"]?["taken"] is JsonArray edges
        ? [.. edges.Select(edge => edge!["edge"]!.GetValue<int>()).Order()] : [];

    public bool IsOpen(string activation, int attempt) =>
        !_failed.Contains((activation, attempt)) && _all.TryGetValue(activation, out var one) && one.Outcome == "LIVE";
}
