using KafkaFlow.Contracts;

namespace KafkaFlow.EngineHost;

/// <summary>Which recorded failures stem from an answer that could not be read.</summary>
internal static class UndecodableAnswers
{
    private const string Code = "\"code\":\"undecodable_answer\"";

    public static bool IsFailureOf(ExecutionEvent fact) =>
        fact.EventType == EventTypes.ActionFailed
        && fact.Error?.Contains(Code, StringComparison.Ordinal) == true;
}
