using System.Text.Json.Nodes;
using KafkaFlow.Contracts;
using KafkaFlow.Workers;

namespace KafkaFlow.Samples;

/// <summary>Serves steps with <c>tool: word-count</c>: args <c>{"text": ..}</c>, result <c>{"words": n}</c>.</summary>
internal sealed class WordCount : ITaskHandler
{
    public string NodeType => "word-count";

    public Task<TaskOutcome> RunAsync(TaskRecord task, TaskContext context, CancellationToken cancel)
    {
        var text = (string?)JsonNode.Parse(task.Input!)?["args"]?["text"];
        if (text is null) return Task.FromResult(TaskOutcome.Failed("no_text", "args.text is missing", retryable: false));
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        return Task.FromResult(TaskOutcome.Completed(new JsonObject { ["words"] = words }.ToJsonString()));
    }
}
