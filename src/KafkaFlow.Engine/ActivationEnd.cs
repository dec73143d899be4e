using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>The end of whatever an activation is: a visit of a step, or an item within one.</summary>
internal static class ActivationEnd
{
    public static void Complete(Draft draft, string activation, StepOutcome outcome)
    {
        if (Activations.LoopOf(activation) is null) StepEnd.Complete(draft, activation, outcome);
        else if (IsIteration(draft, activation)) WhileLoops.Complete(draft, activation, outcome);
        else ItemLoops.Complete(draft, activation, outcome);
    }

    public static void Fail(Draft draft, string activation, StepError error, Command? answer = null, long causeSeq = 0)
    {
        if (Activations.LoopOf(activation) is null) StepEnd.Fail(draft, activation, error, answer, causeSeq);
        else if (IsIteration(draft, activation)) WhileLoops.Fail(draft, activation, error, answer, causeSeq);
        else ItemLoops.Fail(draft, activation, error, answer, causeSeq);
    }

    private static bool IsIteration(Draft draft, string activation) =>
        Activations.LoopOf(activation) is { } of && draft.State.Activations[of.Loop].Loop is { IsWhile: true };
}
