//! Each vendor's words as the field survey lists them, and what they are taken for.

use insta::assert_snapshot;

use super::said;
use crate::tracking::Vocabulary;

#[test]
fn aftership() {
    assert_snapshot!(said(Vocabulary::Aftership, "
        Pending InfoReceived InTransit OutForDelivery AttemptFail Delivered AvailableForPickup Exception Expired
        InfoReceived_001 InTransit_001 InTransit_002 InTransit_003 InTransit_004 InTransit_005 InTransit_006
        InTransit_007 InTransit_008 InTransit_009 OutForDelivery_001 OutForDelivery_003 OutForDelivery_004
        AttemptFail_001 AttemptFail_002 AttemptFail_003 AvailableForPickup_001 Delivered_001 Delivered_002
        Delivered_003 Delivered_004 Delivered_005 Exception_001 Exception_002 Exception_003 Exception_004
        Exception_005 Exception_006 Exception_007 Exception_008 Exception_009 Exception_010 Exception_011
        Exception_012 Exception_013 Exception_016 Exception_017 Exception_018 Pending_001 Pending_006 Expired_001
    "), @r"
    Pending=nothing
    InfoReceived=label_created
    InTransit=in_transit
    OutForDelivery=out_for_delivery
    AttemptFail=attempt_failed
    Delivered=delivered
    AvailableForPickup=ready_for_pickup
    Exception=exception
    Expired=nothing
    InfoReceived_001=label_created
    InTransit_001=in_transit
    InTransit_002=collected
    InTransit_003=in_transit
    InTransit_004=in_transit
    InTransit_005=customs
    InTransit_006=customs
    InTransit_007=in_transit
    InTransit_008=in_transit
    InTransit_009=in_transit
    OutForDelivery_001=out_for_delivery
    OutForDelivery_003=out_for_delivery
    OutForDelivery_004=out_for_delivery
    AttemptFail_001=attempt_failed
    AttemptFail_002=attempt_failed
    AttemptFail_003=attempt_failed
    AvailableForPickup_001=ready_for_pickup
    Delivered_001=delivered
    Delivered_002=delivered
    Delivered_003=delivered
    Delivered_004=delivered
    Delivered_005=delivered
    Exception_001=exception
    Exception_002=exception/address
    Exception_003=exception/refused
    Exception_004=delayed/customs
    Exception_005=delayed
    Exception_006=exception
    Exception_007=exception/address
    Exception_008=exception
    Exception_009=exception
    Exception_010=returning
    Exception_011=returned
    Exception_012=exception/damaged
    Exception_013=exception/lost
    Exception_016=delayed
    Exception_017=delayed/weather
    Exception_018=exception
    Pending_001=nothing
    Pending_006=nothing
    Expired_001=nothing
    ");
}

#[test]
fn easypost() {
    assert_snapshot!(said(Vocabulary::Easypost, "
        unknown pre_transit in_transit out_for_delivery delivered available_for_pickup return_to_sender failure
        cancelled error in_transit/received_at_origin_facility in_transit/departed_facility in_transit/delayed
        in_transit/weather_delay in_transit/delivery_exception in_transit/transit_exception failure/refused
        failure/damaged failure/lost failure/address_correction return_to_sender/refused
    "), @r"
    unknown=nothing
    pre_transit=label_created
    in_transit=in_transit
    out_for_delivery=out_for_delivery
    delivered=delivered
    available_for_pickup=ready_for_pickup
    return_to_sender=returning
    failure=exception
    cancelled=voided
    error=exception
    in_transit/received_at_origin_facility=collected
    in_transit/departed_facility=in_transit
    in_transit/delayed=delayed
    in_transit/weather_delay=delayed/weather
    in_transit/delivery_exception=attempt_failed
    in_transit/transit_exception=exception
    failure/refused=exception/refused
    failure/damaged=exception/damaged
    failure/lost=exception/lost
    failure/address_correction=exception/address
    return_to_sender/refused=returning/refused
    ");
}

#[test]
fn shopify() {
    assert_snapshot!(said(Vocabulary::Shopify, "
        LABEL_PURCHASED LABEL_PRINTED CONFIRMED IN_TRANSIT OUT_FOR_DELIVERY ATTEMPTED_DELIVERY READY_FOR_PICKUP
        DELIVERED FAILURE DELAYED CARRIER_PICKED_UP PICKED_UP BUYER_ACTION_REQUIRED READY_FOR_RECIPIENT_PICKUP
        RETURNING_TO_SENDER
    "), @r"
    LABEL_PURCHASED=label_created
    LABEL_PRINTED=label_created
    CONFIRMED=label_created
    IN_TRANSIT=in_transit
    OUT_FOR_DELIVERY=out_for_delivery
    ATTEMPTED_DELIVERY=attempt_failed
    READY_FOR_PICKUP=ready_for_pickup
    DELIVERED=delivered
    FAILURE=exception
    DELAYED=delayed
    CARRIER_PICKED_UP=collected
    PICKED_UP=delivered
    BUYER_ACTION_REQUIRED=exception
    READY_FOR_RECIPIENT_PICKUP=ready_for_pickup
    RETURNING_TO_SENDER=returning
    ");
}

#[test]
fn seventeen_track() {
    assert_snapshot!(said(Vocabulary::Seventeen, "
        NotFound InfoReceived InTransit Expired AvailableForPickup OutForDelivery DeliveryFailure Delivered Exception
        NotFound_Other NotFound_InvalidCode InTransit_PickedUp InTransit_Departure InTransit_Arrival
        InTransit_CustomsProcessing InTransit_CustomsReleased InTransit_CustomsRequiringInformation InTransit_Other
        DeliveryFailure_NoBody DeliveryFailure_Security DeliveryFailure_Rejected DeliveryFailure_InvalidAddress
        DeliveryFailure_Other Exception_Returning Exception_Returned Exception_NoBody Exception_Security
        Exception_Damage Exception_Rejected Exception_Delayed Exception_Lost Exception_Destroyed Exception_Cancel
        Exception_Other
    "), @r"
    NotFound=nothing
    InfoReceived=label_created
    InTransit=in_transit
    Expired=nothing
    AvailableForPickup=ready_for_pickup
    OutForDelivery=out_for_delivery
    DeliveryFailure=attempt_failed
    Delivered=delivered
    Exception=exception
    NotFound_Other=nothing
    NotFound_InvalidCode=nothing
    InTransit_PickedUp=collected
    InTransit_Departure=in_transit
    InTransit_Arrival=in_transit
    InTransit_CustomsProcessing=customs
    InTransit_CustomsReleased=customs
    InTransit_CustomsRequiringInformation=customs/customs
    InTransit_Other=in_transit
    DeliveryFailure_NoBody=attempt_failed
    DeliveryFailure_Security=attempt_failed
    DeliveryFailure_Rejected=attempt_failed/refused
    DeliveryFailure_InvalidAddress=attempt_failed/address
    DeliveryFailure_Other=attempt_failed
    Exception_Returning=returning
    Exception_Returned=returned
    Exception_NoBody=exception
    Exception_Security=exception
    Exception_Damage=exception/damaged
    Exception_Rejected=exception/refused
    Exception_Delayed=delayed
    Exception_Lost=exception/lost
    Exception_Destroyed=exception/damaged
    Exception_Cancel=voided
    Exception_Other=exception
    ");
}

#[test]
fn kuaidi100() {
    assert_snapshot!(said(Vocabulary::Kuaidi100, "
        0 1 2 3 4 5 6 7 8 10 11 12 13 14 101 102 103 1001 1002 1003 501 301 302 303 304 401 201 202 203 204 205 206 207
        208 209 210 abort
    "), @r"
    0=in_transit
    1=label_created
    2=exception
    3=delivered
    4=returned
    5=out_for_delivery
    6=returning
    7=in_transit
    8=customs
    10=customs
    11=customs
    12=customs
    13=exception/customs
    14=exception/refused
    101=label_created
    102=label_created
    103=collected
    1001=in_transit
    1002=in_transit
    1003=in_transit
    501=ready_for_pickup
    301=delivered
    302=delivered
    303=delivered
    304=delivered
    401=voided
    201=nothing
    202=nothing
    203=exception/refused
    204=attempt_failed
    205=exception
    206=attempt_failed
    207=exception
    208=delayed
    209=exception/damaged
    210=voided
    abort=nothing
    ");
}

#[test]
fn kdniao() {
    assert_snapshot!(said(Vocabulary::Kdniao, "
        0 1 10 2 201 202 204 205 206 211 3 301 302 304 311 5 4 401 402 403 404 405 406 407 412 413 414 415 416 417 418
        419 420 421 422 423 6 601 602 603 604
    "), @r"
    0=nothing
    1=collected
    10=label_created
    2=in_transit
    201=in_transit
    202=out_for_delivery
    204=in_transit
    205=in_transit
    206=in_transit
    211=ready_for_pickup
    3=delivered
    301=delivered
    302=delivered
    304=delivered
    311=delivered
    5=in_transit
    4=exception
    401=nothing
    402=nothing
    403=nothing
    404=exception/refused
    405=attempt_failed
    406=returned
    407=returning
    412=ready_for_pickup
    413=exception
    414=exception/damaged
    415=voided
    416=attempt_failed
    417=delayed
    418=in_transit
    419=in_transit
    420=exception/address
    421=exception
    422=delayed
    423=exception
    6=customs
    601=customs
    602=customs
    603=customs
    604=exception/customs
    ");
}

#[test]
fn trackingmore() {
    assert_snapshot!(said(Vocabulary::Trackingmore, "
        pending notfound transit pickup delivered undelivered exception expired inforeceived001 notfound001 notfound002
        transit001 transit002 transit003 transit004 transit005 transit006 transit007 pickup001 pickup002 pickup003
        delivered001 delivered004 undelivered001 exception004 exception005 exception006 exception007 exception008
        exception009 exception010 exception011
    "), @r"
    pending=nothing
    notfound=nothing
    transit=in_transit
    pickup=out_for_delivery
    delivered=delivered
    undelivered=attempt_failed
    exception=exception
    expired=nothing
    inforeceived001=label_created
    notfound001=label_created
    notfound002=nothing
    transit001=in_transit
    transit002=in_transit
    transit003=in_transit
    transit004=in_transit
    transit005=customs
    transit006=in_transit
    transit007=in_transit
    pickup001=out_for_delivery
    pickup002=ready_for_pickup
    pickup003=out_for_delivery
    delivered001=delivered
    delivered004=delivered
    undelivered001=attempt_failed
    exception004=exception
    exception005=exception
    exception006=exception/customs
    exception007=exception
    exception008=voided
    exception009=exception/refused
    exception010=returned
    exception011=returning
    ");
}

#[test]
fn shipcloud() {
    assert_snapshot!(said(Vocabulary::Shipcloud, "
        label_created picked_up transit out_for_delivery awaits_pickup_by_receiver delivered not_delivered delayed
        exception destroyed canceled notification unknown
    "), @r"
    label_created=label_created
    picked_up=collected
    transit=in_transit
    out_for_delivery=out_for_delivery
    awaits_pickup_by_receiver=ready_for_pickup
    delivered=delivered
    not_delivered=attempt_failed
    delayed=delayed
    exception=exception
    destroyed=exception/damaged
    canceled=voided
    notification=nothing
    unknown=nothing
    ");
}
