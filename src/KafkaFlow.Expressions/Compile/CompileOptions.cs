namespace KafkaFlow.Expressions.Compile;

/// <param name="Template">Within <c>{{ }}</c> or <c>{% %}</c>: selecting on what is no map gives a missing value.</param>
/// <param name="UnknownFails">An unknown name or function fails when evaluated and is no compile error, as in CEL
/// without a type checker.</param>
/// <param name="LenientUndefined"><c>==</c> and <c>!=</c> accept missing operands.</param>
/// <param name="Trace">Keeps the value of each sub-expression.</param>
/// <param name="Container">CEL's namespace for names, such as <c>com.example</c>.</param>
internal sealed record CompileOptions(
    bool Template = false, bool UnknownFails = false, bool LenientUndefined = false, bool Trace = false,
    string Container = "");
